"""Reindexing: an index built afresh beside the one that is searched, which it then takes the place of in one step.

From its sources that is ``indexing.index(..., afresh=True)``, from the articles stored in it ``rebuild``.
"""

import time
from pathlib import Path

from index.errors import MissingIndexError, VersionError
from index.generation import Review, generations
from index.indexing import Report, report
from index.losses import losses
from index.manifest import IndexSettings
from index.progress import Progress
from index.reading import Run, processes
from index.space import make_room, size
from index.writer import open_writer


def rebuild(
    folder: Path,
    *,
    settings: IndexSettings | None = None,
    review: Review | None = None,
    allow_deletes: bool = False,
    dry_run: bool = False,
    memory: int | None = None,
    workers: int | None = None,
    quiet: bool = True,
) -> Report:
    """Build an index afresh from the articles stored in it.

    ``workers`` are processes, 0 for one a core.
    ``review`` may hold it back (see ``Writer``); with ``allow_deletes`` what cannot be read is left out. Raises
    MissingIndexError where there is none, DamagedIndexError where it cannot be read, SettingError for another time
    zone: wall time is all that is stored of a date.
    """
    if not generations(folder):
        raise MissingIndexError(f"There is no index in {folder} to build anew. Name a SOURCE to build it from.")
    began = time.monotonic()
    with (
        open_writer(folder, settings, afresh=True, memory=memory) as writer,
        Progress("Reindexing", total := size(folder), quiet=quiet) as progress,
    ):
        if writer.unreadable and (review or not allow_deletes or isinstance(writer.unreadable, VersionError)):
            raise writer.unreadable
        writer.review = review
        progress.tell(make_room(folder, 0))
        run = Run()
        run.read = run.unchanged = writer.carry_over(
            lambda share, articles: progress.step(round(share * total), articles), processes(workers, total)
        )
        run.failures += losses(writer, allow_deletes)
        progress.say("Committing")
        if dry_run:
            writer.discard()
        articles = writer.commit()
    return report(run, articles, time.monotonic() - began)

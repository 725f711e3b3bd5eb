"""The command line: python -m tests.benchmarks FILE.jsonl."""

import importlib.util
import json
import shutil
import tempfile
import time
from pathlib import Path

import click

from tests.benchmarks.articles import copy_lines, read_articles
from tests.benchmarks.engines import CHOICES, ENGINES, Specification
from tests.benchmarks.figures import Corpus
from tests.benchmarks.machine import machine, versions
from tests.benchmarks.measure import PROJECT, EngineError, measure_run
from tests.benchmarks.queries import Archive, draw, survey
from tests.benchmarks.report import Report, as_json, as_text

DEFAULT_SOURCE = PROJECT.parent / "shared" / "data" / "reuters21578.jsonl.gz"


def _engines(_: click.Context, __: click.Parameter, value: str) -> tuple[Specification, ...]:
    """Read --engines: the ones named, each with those that search its index."""
    names = [name.strip() for name in value.split(",") if name.strip()]
    unknown = [name for name in names if name not in CHOICES]
    if unknown or not names:
        raise click.BadParameter(f"{', '.join(unknown) or 'nothing'!r} is not among {', '.join(CHOICES)}")
    engines = tuple(engine for engine in ENGINES.values() if engine.name in names or engine.index_of in names)
    for engine in engines:
        for module in engine.requires:
            if not _is_there(module):
                raise click.BadParameter(
                    f"{engine.label} needs the module {module}, which is not installed. Install it (`pip install "
                    f"'.[benchmark]'`), or leave the engine out with --engines."
                )
    return engines


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("source", metavar="[FILE]", type=click.Path(dir_okay=False, path_type=Path), default=DEFAULT_SOURCE)
@click.option(
    "--engines", callback=_engines, default=",".join(CHOICES), show_default=True, help="Which to run, with commas."
)
@click.option("--runs", type=click.IntRange(1), default=1, show_default=True, help="Runs of the whole; medians count.")
@click.option("--queries", type=click.IntRange(1), default=200, show_default=True, help="Queries of each kind.")
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Processes of Backfile and threads of tantivy for indexing.",
)
@click.option("--limit", type=click.IntRange(1), help="Take the first articles of the file only.")
@click.option("--markdown", is_flag=True, help="Print tables of Markdown.")
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write all figures here too."
)
def main(
    source: Path,
    engines: tuple[Specification, ...],
    runs: int,
    queries: int,
    workers: int,
    limit: int | None,
    markdown: bool,
    json_file: Path | None,
) -> None:
    """Build and search Backfile beside its peers, and print one table.

    FILE is JSON lines (.jsonl, .jsonl.gz) with id, section, date, title and body; the Reuters articles beside the
    project unless told.
    """
    if not source.exists():
        raise click.UsageError(f"There is no file {source}. Name one: python -m tests.benchmarks FILE.jsonl")
    with tempfile.TemporaryDirectory(prefix="backfile-benchmark-") as temporary:
        scratch = Path(temporary)
        name = source.name if limit is None else f"{source.name}, the first {limit:,}"
        if limit is not None:
            copy_lines(source, scratch / "articles.jsonl", limit)
            source = scratch / "articles.jsonl"
        archive = _survey(source)
        drawn = draw(archive.sample, queries)
        if not any(drawn.values()):
            raise click.UsageError(f"{source} holds no text to draw queries from.")
        measured = []
        pulse: list[float] = []
        for number in range(runs):
            folder = scratch / "indexes"
            folder.mkdir()
            first = number % len(engines)
            try:
                run, beats = measure_run(
                    (*engines[first:], *engines[:first]), source, folder, drawn, workers, _Say(number + 1, runs)
                )
            except EngineError as error:
                raise click.ClickException(str(error)) from None
            measured.append(run)
            pulse += beats
            shutil.rmtree(folder)
    corpus = Corpus(archive.articles, archive.text_bytes)
    report = Report(engines, name, corpus, drawn, workers, tuple(measured), tuple(pulse), machine(), versions())
    if json_file is not None:
        json_file.write_text(json.dumps(as_json(report), indent=1) + "\n", encoding="utf-8")
    click.echo(as_text(report, markdown=markdown), nl=False)


def _survey(source: Path) -> Archive:
    try:
        return survey(read_articles(source))
    except (ValueError, KeyError, AttributeError, OSError) as error:
        raise click.UsageError(f"{source} is not JSON lines of articles: {error!r}") from None


class _Say:
    """Tells on standard error what is going on, with the time since the run began."""

    def __init__(self, run: int, runs: int) -> None:
        self._prefix = f"run {run} of {runs}, " if runs > 1 else ""
        self._began = time.monotonic()

    def __call__(self, text: str) -> None:
        click.echo(f"{self._prefix}{time.monotonic() - self._began:4.0f} s: {text}", err=True)


if __name__ == "__main__":
    main()

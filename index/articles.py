"""Articles: a run of them as columns, on their way from a source into a segment.

What is done to an article is done to a whole run of them, a column at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

from index.article import Checked
from index.schema import digests, stamp, store


@dataclass(frozen=True, slots=True)
class Articles:
    """Articles that keep every rule, a list (n,) each: what a segment and the account have to know of them.

    ``stamps`` are minutes of wall time (``schema.stamp``), ``stored`` the stored forms and ``digests`` their hashes.
    ``warned`` says of some, by their place in the run, what was left out or changed to take them in.
    """

    ids: list[str]
    origins: list[str]
    titles: list[str]
    bodies: list[str]
    bylines: list[str | None]
    sections: list[str | None]
    languages: list[str | None]
    stamps: list[int]
    stored: list[bytes]
    digests: list[bytes]
    warned: Mapping[int, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.ids)

    def between(self, start: int, end: int) -> "Articles":
        """Return the articles ``start`` to ``end``."""
        warned = {at - start: told for at, told in self.warned.items() if start <= at < end}
        return replace(self, warned=warned, **{name: getattr(self, name)[start:end] for name in _COLUMNS})

    def at(self, places: Sequence[int]) -> "Articles":
        """Return the articles at some places, without their warnings."""
        columns = {name: getattr(self, name) for name in _COLUMNS}
        return replace(
            self, warned={}, **{name: [column[place] for place in places] for name, column in columns.items()}
        )


_COLUMNS = tuple(field.name for field in fields(Articles) if field.name != "warned")


def as_columns(checked: Sequence[Checked], origins: Sequence[str], stored: list[bytes] | None = None) -> Articles:
    """Return articles, and where each was read, as columns; with their stored forms where these are known."""
    articles = [one.article for one in checked]
    stored = list(map(store, articles)) if stored is None else stored
    return Articles(
        ids=[article.id for article in articles],
        origins=list(origins),
        titles=[article.title for article in articles],
        bodies=[article.body for article in articles],
        bylines=[article.byline for article in articles],
        sections=[article.section for article in articles],
        languages=[article.language for article in articles],
        stamps=[stamp(article.date) for article in articles],
        stored=stored,
        digests=digests(stored),
        warned={at: one.warnings for at, one in enumerate(checked) if one.warnings},
    )

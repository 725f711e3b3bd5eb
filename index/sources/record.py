"""A record: one thing that a source holds, whatever becomes of it."""

from dataclasses import dataclass

from index.article import Article


@dataclass(frozen=True, slots=True)
class Record:
    """An article read, or the reason why none could be.

    ``file`` is the file's path within its source, ``origin`` the file and place a person would look at; ``id`` is
    known for many a record that cannot be read, and says whose old version has to stay. ``failure`` says what is
    missing where it stands for more than one record: then what was not met may still be there.
    """

    file: str
    origin: str
    id: str | None = None
    article: Article | None = None
    reason: str = ""
    warnings: tuple[str, ...] = ()
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """An article as a reader found it, and what a reader of the account should know of how it was read."""

    article: Article
    warnings: tuple[str, ...] = ()

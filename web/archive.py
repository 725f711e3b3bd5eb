"""What the web asks of a searcher, and where the application keeps it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from flask import current_app

from search import (
    Article,
    Explanation,
    Hit,
    IndexState,
    MarkedArticle,
    Neighbours,
    SearchRequest,
    SearchResults,
    Suggestion,
)
from web.config import Config

EXTENSION = "backfile"
CONFIG_KEY = "BACKFILE"


class ArchiveSearcher(Protocol):
    """One generation of the archive, as ``search.Searcher`` answers for it."""

    @property
    def state(self) -> IndexState:
        """Which generation it is, with how many articles."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which the dates of articles are wall time."""

    def search(self, request: SearchRequest) -> SearchResults:
        """Answer a request; raises RequestError for one that cannot be answered."""

    def article(self, identifier: str) -> Article | None:
        """Return the article with this id, or None."""

    def marked(self, article: Article, query: str) -> MarkedArticle:
        """Return the article's text with the words of a query marked; a query with a fault marks nothing."""

    def suggest(self, text: str, limit: int = 10) -> tuple[Suggestion, ...]:
        """Return what a query that is being typed may become."""

    def similar(self, identifier: str, size: int = 10) -> tuple[Hit, ...]:
        """Return the articles most like one; none where there is no such article."""

    def neighbours(self, identifier: str) -> Neighbours:
        """Return the articles before and after one in its section."""

    def explain(self, request: SearchRequest) -> Explanation:
        """Say why a request finds what it finds; raises what ``search`` raises."""

    def every(self, request: SearchRequest) -> Iterator[Article]:
        """Yield every article that matches, one in memory at a time; raises what ``search`` raises, and at once."""


class Archive(Protocol):
    """An archive that may move on to a new generation at any time, as ``search.LiveSearcher`` does."""

    def current(self) -> ArchiveSearcher:
        """Return the newest generation; raises UnusableIndexError where there is none."""


def current_searcher() -> ArchiveSearcher:
    """Return the newest generation of the archive of this application."""
    archive: Archive = current_app.extensions[EXTENSION]
    return archive.current()


def archive_config() -> Config:
    """Return how the pages look; an application that only borrows the blueprints may have said nothing of it."""
    config: Config | None = current_app.config.get(CONFIG_KEY)
    return config or Config(index=Path())


def archive_title() -> str:
    """Return the archive's name."""
    return archive_config().title

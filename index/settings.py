"""Every setting there is: one table for the command line, the environment, the page and the documentation."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from index.errors import SettingError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """A setting: its name, what it is unless told, how its text is read, a line of help.

    ``environment`` is the environment variable that sets it.
    """

    name: str
    default: T
    read: Callable[[str], T]
    help: str

    environment: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "environment", "BACKFILE_" + self.name.upper().replace("-", "_"))

    def value(self) -> T:
        """Return the environment's value, else the default. Raises SettingError for a value that cannot be."""
        text = os.environ.get(self.environment, "")
        if not text:
            return self.default
        try:
            return self.read(text)
        except ValueError as error:
            raise SettingError(f"{self.environment}={text!r} cannot be: {error}") from None


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise ValueError("a whole number is wanted") from None
        if not least <= number <= most:
            raise ValueError(f"it has to be from {least:,} to {most:,}")
        return number

    return read


_COLOUR = re.compile(r"#[0-9a-f]{6}")


def _colour(text: str) -> str:
    if not _COLOUR.fullmatch(text.lower()):
        raise ValueError("a colour such as #8a1c2e is wanted")
    return text.lower()


def _one_of(*known: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"it has to be one of {', '.join(known)}")
        return text

    return read


def _path(text: str) -> str:
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*", text):
        raise ValueError("it has to begin with a slash and end without one, such as /archive")
    return text


INDEX = Setting("index", Path("backfile-index"), Path, "the folder of the index")
WORKERS = Setting("workers", 0, _whole(0, 512), "processes that index or serve; 0 is one a core")
MEMORY = Setting("memory", 256, _whole(16, 1 << 20), "megabytes for indexing, over all processes")
MAX_ARTICLE_BYTES = Setting(
    "max-article-bytes", 10_000_000, _whole(1_000, 1 << 31), "size over which an article is rejected"
)
COMMIT_MINUTES = Setting(
    "commit-minutes", 5, _whole(1, 10_000), "minutes after which index commits what it has read so far"
)
COMMIT_MEGABYTES = Setting(
    "commit-megabytes", 2_000, _whole(1, 1 << 30), "megabytes read after which index commits, if that is sooner"
)
LOG_EVENTS = Setting("log-events", 50, _whole(1, 1_000_000), "events kept of one article, the last ones")
LOG_DAYS = Setting("log-days", 730, _whole(1, 100_000), "days for which events are kept")
MAX_QUERY_LENGTH = Setting("max-query-length", 512, _whole(16, 100_000), "characters in a query")
MAX_QUERY_WORDS = Setting("max-query-words", 32, _whole(1, 10_000), "words in a query")
MAX_EXPANSIONS = Setting(
    "max-expansions", 1_000, _whole(1, 1_000_000), "words that one prefix* or word~ stands for, most frequent first"
)
MAX_SECTIONS = Setting("max-sections", 50, _whole(1, 10_000), "sections counted in an answer")
MAX_DATE_BUCKETS = Setting("max-date-buckets", 1_000, _whole(10, 100_000), "date buckets in an answer")
SEARCH_SECONDS = Setting("search-seconds", 5, _whole(1, 3_600), "seconds after which a search is given up")
ANSWERS_MEGABYTES = Setting(
    "answers-megabytes", 4, _whole(0, 100_000), "megabytes of answers of the API that each process keeps to send again"
)
HOST = Setting("host", "127.0.0.1", str, "the address to serve on")
PORT = Setting("port", 8000, _whole(0, 65_535), "the port to serve on; 0 takes a free one")
REQUEST_SECONDS = Setting(
    "request-seconds", 30, _whole(1, 3_600), "seconds after which a request that does not end takes its process with it"
)
MAX_HITS_DEEP = Setting(
    "max-hits-deep", 10_000, _whole(100, 1 << 31), "hits that can be paged through; a cursor goes further"
)
MAX_URL_BYTES = Setting("max-url-bytes", 4_096, _whole(256, 8_000), "bytes of an address that is answered")
MAX_BODY_BYTES = Setting("max-body-bytes", 0, _whole(0, 1 << 20), "bytes of a request's body, which nothing reads")
MAX_EXPORTS = Setting("max-exports", 1, _whole(1, 512), "exports that are sent at once, over all processes")
HOSTS = Setting("hosts", "", str, "host names that are answered to, with spaces between; empty is any")
PREFIX = Setting("prefix", "", _path, "the path of the archive behind a proxy that passes addresses on as they are")
TRUSTED_PROXIES = Setting(
    "trusted-proxies", 0, _whole(0, 10), "proxies in front whose X-Forwarded headers are believed"
)
CORS_ORIGINS = Setting(
    "cors-origins", "", str, "sites whose scripts may read the API, with spaces between; * is any, empty none"
)
ACCESS_LOG = Setting(
    "access-log",
    "off",
    _one_of("off", "paths", "full"),
    "a line a request on standard error: off, paths (without what was searched for), full",
)
SLOW_MS = Setting("slow-ms", 500, _whole(1, 3_600_000), "milliseconds after which the access log marks a request slow")
TITLE = Setting("title", "Backfile", str, "the archive's name on its pages")
ACCENT = Setting("accent", "#8a1c2e", _colour, "the archive's colour; shades of it are chosen that can be read")
FOOTER = Setting("footer", "", str, "a line at the foot of every page")
ROBOTS = Setting("robots", "noindex", _one_of("noindex", "index"), "whether search engines may index the articles")
TEMPLATES = Setting("templates", "", str, "a folder of templates that take the place of those with the same names")

SETTINGS: tuple[Setting[Path] | Setting[int] | Setting[str], ...] = (
    INDEX,
    WORKERS,
    MEMORY,
    MAX_ARTICLE_BYTES,
    COMMIT_MINUTES,
    COMMIT_MEGABYTES,
    LOG_EVENTS,
    LOG_DAYS,
    MAX_QUERY_LENGTH,
    MAX_QUERY_WORDS,
    MAX_EXPANSIONS,
    MAX_SECTIONS,
    MAX_DATE_BUCKETS,
    SEARCH_SECONDS,
    ANSWERS_MEGABYTES,
    HOST,
    PORT,
    REQUEST_SECONDS,
    MAX_HITS_DEEP,
    MAX_URL_BYTES,
    MAX_BODY_BYTES,
    MAX_EXPORTS,
    HOSTS,
    PREFIX,
    TRUSTED_PROXIES,
    CORS_ORIGINS,
    ACCESS_LOG,
    SLOW_MS,
    TITLE,
    ACCENT,
    FOOTER,
    ROBOTS,
    TEMPLATES,
)

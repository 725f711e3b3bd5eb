"""The manifest: what a generation consists of, so that a reader knows its bytes before it trusts them.

It stands behind the table of contents that Whoosh reads, which ignores what follows:

    Whoosh's table of contents | manifest, JSON | length of the JSON (8) | BLAKE2b of all before (16) | BACKFILE (8)

A segment lists its files and its features; a reader that does not know a feature says so instead of guessing.
"""

import hashlib
import json
import struct
import zlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from index.analysis import VERSION as ANALYZER
from index.article import canonical_language
from index.errors import DamagedIndexError, SettingError, VersionError
from index.stemming import VERSION as STEMMER

FORMAT = 5
"""Goes up whenever what stands in the files changes its meaning."""

FEATURES = ("arrays",)

_MAGIC = b"BACKFILE"
_LENGTH = struct.Struct("<Q")
_SEAL = struct.Struct("<16s8s")


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """What is fixed when an index is made, since everything in it depends on it.

    ``time_zone`` is an IANA name; ``language`` the BCP 47 tag of articles whose language is neither stated nor told
    by their text; ``title_weight`` how often a word of the title counts for each time it stands there.
    """

    time_zone: str = "UTC"
    language: str = "en"
    title_weight: float = 2.0

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.time_zone)
        except (ValueError, OSError, LookupError):
            raise SettingError(
                f"{self.time_zone!r} is no time zone; an IANA name such as Europe/Berlin is wanted"
            ) from None
        if canonical_language(self.language) != self.language:
            raise SettingError(f"{self.language!r} is no language; a BCP 47 tag such as en or pt-BR is wanted")
        if not 0.1 <= self.title_weight <= 100:
            raise SettingError(f"the title cannot weigh {self.title_weight}; it has to be from 0.1 to 100")

    @property
    def zone(self) -> ZoneInfo:
        """The archive's zone."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of a segment: its size in bytes and its CRC-32."""

    name: str
    size: int
    crc32: int


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """A segment: its Whoosh id, what a reader has to understand to read it, and its files."""

    name: str
    features: tuple[str, ...]
    files: tuple[FileEntry, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation consists of. ``committed`` is UTC, ISO 8601; ``articles`` counts the live ones."""

    generation: int
    committed: str
    articles: int
    settings: IndexSettings
    segments: tuple[SegmentEntry, ...]
    format: int = FORMAT
    analyzer: int = ANALYZER
    stemmer: str = STEMMER

    def files(self, segments: Collection[str] | None = None) -> Iterable[FileEntry]:
        """Every file of every segment, or of those named."""
        for segment in self.segments:
            if segments is None or segment.name in segments:
                yield from segment.files


def seal(toc: bytes, manifest: Manifest) -> bytes:
    """Return a table of contents with its manifest behind it."""
    written = json.dumps(asdict(manifest), ensure_ascii=False).encode()
    body = toc + written + _LENGTH.pack(len(written))
    return body + _SEAL.pack(_digest(body), _MAGIC)


def unseal(sealed: bytes, name: str, *, any_analyzer: bool = False) -> tuple[bytes, Manifest]:
    """Return the table of contents and its manifest. Raises DamagedIndexError, or VersionError with what to do.

    ``any_analyzer`` is for one who is after the articles alone: their words have another spelling, no other place.
    """
    if len(sealed) < _LENGTH.size + _SEAL.size or not sealed.endswith(_MAGIC):
        raise DamagedIndexError(
            f"{name} is cut short or was not written by Backfile. Build the index anew with 'backfile reindex SOURCE'."
        )
    body, (digest, _) = sealed[: -_SEAL.size], _SEAL.unpack(sealed[-_SEAL.size :])
    if digest != _digest(body):
        raise DamagedIndexError(
            f"{name} is damaged: its checksum is wrong. Build the index anew with 'backfile reindex SOURCE'."
        )
    (length,) = _LENGTH.unpack(body[-_LENGTH.size :])
    toc, written = body[: -_LENGTH.size - length], body[-_LENGTH.size - length : -_LENGTH.size]
    fields = json.loads(written)
    _check_version("format", fields["format"], FORMAT, "backfile reindex SOURCE")
    if not any_analyzer:
        _check_version("analyzer", fields["analyzer"], ANALYZER, "backfile reindex")
        if fields["stemmer"] != STEMMER:
            raise VersionError(
                f"The index has words stemmed by PyStemmer {fields['stemmer']}, this Backfile has {STEMMER}. "
                "Build it anew with 'backfile reindex'."
            )
    return toc, _manifest(fields)


def _check_version(what: str, there: int, here: int, command: str) -> None:
    if there != here:
        remedy = "Upgrade Backfile" if there > here else f"Build it anew with '{command}'"
        raise VersionError(f"The index has {what} version {there}, this Backfile reads {here}. {remedy}.")


def _manifest(fields: dict[str, Any]) -> Manifest:
    segments = tuple(
        SegmentEntry(
            segment["name"],
            tuple(segment["features"]),
            tuple(FileEntry(**entry) for entry in segment["files"]),
        )
        for segment in fields["segments"]
    )
    for segment in segments:
        unknown = [feature for feature in segment.features if feature not in FEATURES]
        if unknown:
            raise VersionError(
                f"Segment {segment.name} needs {', '.join(unknown)}, which this Backfile does not know. Upgrade it."
            )
    return Manifest(
        fields["generation"],
        fields["committed"],
        fields["articles"],
        IndexSettings(**fields["settings"]),
        segments,
        fields["format"],
        fields["analyzer"],
        fields["stemmer"],
    )


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def entry_of(path: Path, told: Callable[[int], object] = lambda _: None) -> FileEntry:
    """Return the entry of a file as it is on disk, read once from start to end; ``told`` is told of bytes read."""
    size = crc = 0
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            told(len(block))
            size += len(block)
            crc = zlib.crc32(block, crc)
    return FileEntry(path.name, size, crc)


def check_settings(folder: Path, there: IndexSettings, wanted: IndexSettings, articles: int, *, afresh: bool) -> None:
    """See that an index of ``articles`` articles can be given other settings. Raises SettingError."""
    if not afresh:
        raise SettingError(
            f"{folder} was made for the time zone {there.time_zone}, the language {there.language} and a "
            f"title weight of {there.title_weight:g}. Leave these out, or build it anew with 'backfile reindex'."
        )
    if wanted.time_zone != there.time_zone and articles:
        raise SettingError(
            f"The dates in {folder} are wall time in {there.time_zone} and cannot be moved to "
            f"{wanted.time_zone}. Index the sources into a new folder, and put it in the place of this one."
        )

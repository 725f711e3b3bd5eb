"""The segment writer: articles in, segment files out.

Articles are gathered until they fill their share of memory, then sorted and written as a segment. Files are complete
and on the disk when a segment is returned, and invisible until a commit names them.
"""

from collections.abc import Sequence
from pathlib import Path

from index.arrays import ArrayWriter
from index.articles import Articles
from index.codec import ArraySegment
from index.document_writer import DocumentWriter
from index.generation import NAME
from index.merge import merge
from index.parcels import Parcel, Parcels
from index.processors import spare
from index.segment import Segment, file_name
from index.word_writer import WordWriter
from index.written import Written


class SegmentWriter:
    """Segments in the making, in one folder.

    ``memory`` is in megabytes, ``language`` what ``Numbering`` says; ``busy`` processes are at work, this one included.
    """

    def __init__(self, folder: Path, memory: int, title_weight: float, language: str = "en", busy: int = 1) -> None:
        self._folder = folder
        self._busy = busy
        self._memory = memory * 1_000_000
        self._parcels = Parcels()
        self._words = WordWriter(self._memory, title_weight, language)
        self._documents = DocumentWriter(folder)
        self._written = Written(folder)

    def add(self, articles: Articles) -> None:
        """Add articles, whose ids are not among those added and not removed.

        The language of one that does not say is told by its text.
        """
        for parcel in self._parcels.add(articles):
            self.take(parcel)

    def take(self, parcel: Parcel) -> None:
        """Add the articles of a parcel, behind all others."""
        if len(self._documents) and self._words.taken > self._memory:
            self._flush(passing=True)
        self._words.take(parcel.wording)
        self._documents.take(parcel)

    def _take_rest(self) -> None:
        for parcel in self._parcels.rest():
            self.take(parcel)

    def remove(self, identifier: str) -> None:
        """Take an article out again: it becomes a deleted document."""
        self._take_rest()
        if not self._documents.remove(identifier):
            self._written.remove(identifier)

    def finish(self) -> list[ArraySegment]:
        """Write out what is left and return the segments."""
        self._take_rest()
        if len(self._documents):
            self._flush()
        self._documents.close()
        return self._written.segments

    def discard(self) -> None:
        """Leave it unfinished. Its files are removed with all that no generation names."""
        self._documents.close()

    def _flush(self, *, passing: bool = False) -> None:
        """Write what was gathered as a segment; as one that is merged with the next where it is ``passing``."""
        segment = ArraySegment(NAME, len(self._documents))
        order = self._documents.end()
        self._documents.pack(beside=spare(self._busy), passing=passing)
        with ArrayWriter(self._folder / file_name(segment.segment_id())) as writer:
            self._words.write(writer, order)
            self._documents.write(writer, segment)
        self._written.segments.append(segment)
        self._documents.close()
        self._documents = DocumentWriter(self._folder)


def merge_segments(folder: Path, entries: Sequence[ArraySegment], memory: int) -> ArraySegment:
    """Write what is alive in several segments as a new one. ``memory`` is in bytes."""
    parts = [Segment(folder, entry) for entry in entries]
    segment = ArraySegment(NAME, sum(part.count for part in parts))
    merge(folder / file_name(segment.segment_id()), parts, memory)
    return segment

"""A segment writer with a process of its own for the words, which are split, looked up and sorted there.

This one reads on meanwhile, and keeps the documents: what is stored of them is compressed here and never sent. That
takes hardly more work than in one process, with nothing to merge in the end, which is what two that share the articles
have to do. Where the other falls behind, words are split and numbered here, so that both end together.
"""

from collections import deque
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from index.arrays import ArrayWriter
from index.articles import Articles
from index.codec import ArraySegment
from index.document_writer import DocumentWriter
from index.generation import NAME
from index.hired import Hired
from index.manifest import IndexSettings
from index.numbering import Numbering
from index.parcels import Parcel, Parcels
from index.processors import spare
from index.segment import file_name
from index.segment_writer import SegmentWriter
from index.word_process import End, WordTask
from index.wording import Wording
from index.written import Written

LEAST_AHEAD = 1_500_000
"""Bytes of texts that the process may always have still to do when the next come, so that it never waits for them."""

AT_THE_END = 300
"""Bytes of texts that are split there in the time that an article takes here at the end, for the account and to be
compressed; sorting the words takes half as long there as splitting them. As much may be left to do when this one has
read everything: 21,578 articles of 850 bytes took 0.77 s with hardly anything left and 0.89 s with 12 MB, 200,000 of
340 bytes 3.42 s with hardly anything, 3.35 s with 16 MB."""

SHARE = 16
"""The part of the memory that texts may take on their way."""

BUSY = 2
"""Processes that are at work: this one and the other."""

GROWTH = 3
"""Bytes that a byte of text comes to where its words are gathered."""


_ENDING = -1
"""Stands among the bytes that are unanswered for the end of a segment."""


class SegmentProcess:
    """Does what a ``SegmentWriter`` does. ``memory`` is in megabytes.

    The process is started when there is a parcel's worth of text; where it never comes to that, ``here`` is the writer
    that does it. Raises what ``Hired`` raises.
    """

    def __init__(self, folder: Path, memory: int, settings: IndexSettings, here: Callable[[], SegmentWriter]) -> None:
        self._folder = folder
        self._memory = memory * 1_000_000
        self._task = WordTask(self._memory, settings.title_weight, settings.language)
        self._here = here
        self._parcels = Parcels()
        self._numbering = Numbering(settings.language, self._memory, by=1)
        self._hired: Hired | None = None
        self._unanswered: deque[int] = deque()
        self._given = self._taken = 0
        self._documents = DocumentWriter(folder)
        self._ended: deque[tuple[DocumentWriter, ArraySegment]] = deque()
        self._written = Written(folder)

    def add(self, articles: Articles) -> None:
        """Add articles, whose ids are not among those added and not removed."""
        for parcel in self._parcels.add(articles):
            self._give(parcel)

    def remove(self, identifier: str) -> None:
        """Take an article out again: it becomes a deleted document."""
        self._give_rest()
        gathered = [self._documents, *(documents for documents, _ in self._ended)]
        if not any(documents.remove(identifier) for documents in gathered):
            self._written.remove(identifier)

    def end(self) -> bool:
        """Have the process write down what it has while the caller goes on, and say whether there is one."""
        if self._hired is None:
            return False
        self._give_rest()
        if len(self._documents):
            self._end_segment(self._hired)
        self._hired.end()
        return True

    def finish(self) -> list[ArraySegment]:
        """Write out what is left and return the segments."""
        if self._hired is None:
            self._documents.close()
            writer = self._here()
            for parcel in self._parcels.rest():
                writer.take(parcel)
            return writer.finish()
        self.end()
        with self._hired as hired:
            while self._unanswered:
                self._hear(hired)
            hired.finish()
        self._documents.close()
        return self._written.segments

    def discard(self) -> None:
        """Leave it unfinished. Its files are removed with all that no generation names."""
        if self._hired is not None:
            self._hired.close()
        for documents in (self._documents, *(documents for documents, _ in self._ended)):
            documents.close()

    def _give_rest(self) -> None:
        for parcel in self._parcels.rest():
            self._give(parcel)

    def _give(self, parcel: Parcel) -> None:
        hired = self._hired = self._hired or Hired(self._folder, 1, "index.word_process", self._task)
        # While a segment is being ended it is not known what will be left of what is taken.
        if not self._ended and self._taken + GROWTH * sum(self._unanswered) > self._memory and len(self._documents):
            self._end_segment(hired, passing=True)
        self._documents.take(parcel)
        wording = parcel.wording
        self._given += wording.size
        if sum(self._unanswered) > self._ahead:
            wording = wording.numbered(self._numbering)
        self._send(hired, wording)

    @property
    def _ahead(self) -> int:
        """How many bytes the process may have still to do."""
        at_the_end = AT_THE_END * len(self._documents) - self._given // 2
        return min(max(LEAST_AHEAD, at_the_end), self._memory // SHARE)

    def _end_segment(self, hired: Hired, *, passing: bool = False) -> None:
        """Have the words so far written down, and compress what is stored of the documents meanwhile."""
        segment = ArraySegment(NAME, len(self._documents))
        documents = self._documents
        self._ended.append((documents, segment))
        self._documents, self._given = DocumentWriter(self._folder), 0
        hired.send(0, End(self._folder / file_name(segment.segment_id()), documents.end()))
        self._unanswered.append(_ENDING)
        documents.pack(beside=spare(BUSY), passing=passing)

    def _send(self, hired: Hired, wording: Wording) -> None:
        """Hand texts over, and hear what has been answered; wait where too much is on its way."""
        hired.send(0, wording)
        self._unanswered.append(wording.size)
        while self._unanswered and (hired.pipes[0].poll() or sum(self._unanswered) > self._most):
            self._hear(hired)

    @property
    def _most(self) -> int:
        """How many bytes may be on their way."""
        # While words are sorted memory is at its peak, and what comes in meanwhile is not taken up for a second.
        return self._memory // (3 * SHARE) if self._ended else 2 * self._memory // SHARE

    def _hear(self, hired: Hired) -> None:
        """Take the next answer; where the words of a segment are written, complete it."""
        self._taken = hired.receive(0)
        if self._unanswered.popleft() != _ENDING:
            return
        documents, segment = self._ended.popleft()
        path = self._folder / file_name(segment.segment_id())
        with closing(documents), ArrayWriter(path, behind=True) as writer:
            documents.write(writer, segment)
        self._written.segments.append(segment)

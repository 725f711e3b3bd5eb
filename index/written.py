"""Written segments: those of a run that no generation names yet, from which articles may still be taken out."""

from pathlib import Path

from index.codec import ArraySegment
from index.segment import Segment


class Written:
    """``segments`` in one folder, their files complete, as they were written."""

    def __init__(self, folder: Path) -> None:
        self.segments: list[ArraySegment] = []
        self._folder = folder
        self._opened: list[Segment] = []

    def remove(self, identifier: str) -> None:
        """Mark an article as deleted, if it is there."""
        self._opened += [Segment(self._folder, segment) for segment in self.segments[len(self._opened) :]]
        for written, opened in zip(self.segments, self._opened, strict=True):
            doc = opened.document(identifier)
            if doc is not None and not written.is_deleted(doc):
                written.delete_document(doc)
                return

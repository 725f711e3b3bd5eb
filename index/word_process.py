"""Words in a process of their own: what is done there for a ``SegmentProcess``, which keeps the documents."""

from dataclasses import dataclass
from pathlib import Path

from index.arrays import ArrayWriter
from index.order import I64
from index.process import serve
from index.word_writer import WordWriter
from index.wording import Wording


@dataclass(frozen=True, slots=True)
class WordTask:
    """What the process works on: its memory in bytes, and the archive's settings."""

    memory: int
    title_weight: float
    language: str


@dataclass(frozen=True, slots=True)
class End:
    """What was given up to here is a segment, whose words are to be written to the file ``path``.

    ``order`` (int64 (n,)) is which article comes where.
    """

    path: Path
    order: I64


class WordProcess:
    """Makes the words of one segment after the other."""

    def __init__(self, task: WordTask) -> None:
        self._words = WordWriter(task.memory, task.title_weight, task.language)

    def do(self, what: Wording | End) -> int:
        """Take articles in, or write a segment; returns how many bytes are taken then."""
        if isinstance(what, Wording):
            self._words.take(what)
        else:
            with ArrayWriter(what.path) as writer:
                self._words.write(writer, what.order)
        return self._words.taken

    def finish(self) -> None:
        """Nothing is left."""


def main(descriptor: int) -> None:
    """Do what the other end of a pipe says, until it is gone; ``descriptor`` is this end."""
    serve(descriptor, WordProcess)

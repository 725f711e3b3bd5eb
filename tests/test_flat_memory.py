"""What an article takes while it is indexed or merged beside the share of memory that fills and is emptied again."""

import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from index import Article, Outcome, ledger, merge, open_writer
from index.arrays import ArrayWriter
from index.articles import Articles
from index.lists import Lists, Postings
from index.segment_writer import SegmentWriter, merge_segments
from tests.archives import columns_of

FEW = 50


def batches(count: int) -> Iterator[Articles]:
    """Yield articles, a few at a time."""
    for start in range(0, count, FEW):
        few = [
            Article(id=f"{number * 7919 % 100_003:08}", title=f"news {number % 9}")
            for number in range(start, start + FEW)
        ]
        yield columns_of(*few)


def growth(work: Callable[[int], None], few: int, many: int) -> float:
    """Return by how much the most memory that work takes grows with each article, in bytes."""
    peaks = []
    for count in (few, few, many):
        tracemalloc.start()
        try:
            work(count)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    return (peaks[-1] - peaks[-2]) / (many - few)


def test_lists_in_the_making_are_on_the_disk(tmp_path: Path) -> None:
    """Of a posting that is written next to nothing is left."""
    piece = Postings(
        np.zeros(10_000, dtype=np.int64),
        np.arange(10_000),
        np.ones(10_000, dtype=np.int64),
        np.ones(10_000, dtype=np.uint8),
        np.zeros(10_000, dtype=np.int64),
    )

    def write(postings: int) -> None:
        with ArrayWriter(tmp_path / "lists") as writer:
            lists = Lists(writer, "", 1)
            for start in range(0, postings, 10_000):
                lists.add(piece._replace(doc=piece.doc + start))
            lists.finish([b"word"])

    assert growth(write, 200_000, 800_000) < 1


def test_a_run_that_finds_nothing_new_grows_by_a_few_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an article that is met again its id is on the disk, and where that begins in the index is in memory."""
    monkeypatch.setattr(ledger, "KEPT_IDS", FEW)
    monkeypatch.setattr(ledger, "MERGED_IDS", FEW)
    monkeypatch.setattr(ledger, "LOOKED_UP", FEW)
    for count in (2_000, 8_000):
        with open_writer(tmp_path / str(count)) as writer:
            for few in batches(count):
                writer.add_all(few, source="s", file="f")

    def meet(count: int) -> None:
        with open_writer(tmp_path / str(count)) as writer:
            for few in batches(count):
                assert set(writer.add_all(few, source="s", file="f")) == {Outcome.UNCHANGED}
            assert not any(writer.not_seen(writer.account.entries("s")))

    assert growth(meet, 2_000, 8_000) < 12


def test_merging_grows_by_a_few_numbers_a_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Places, dates and the order of the ids: nothing that is an object of its own."""
    monkeypatch.setattr(merge, "CHUNK", 500)
    entries = {}
    for count in (2_000, 10_000):
        parts = SegmentWriter(tmp_path, 100, 2.0)
        for number, few in enumerate(batches(count)):
            parts.add(few)
            if number == count // FEW // 2:
                parts._flush()
        entries[count] = parts.finish()

    def put_together(count: int) -> None:
        merge_segments(tmp_path, entries[count], 100_000)

    assert growth(put_together, 2_000, 10_000) < 40

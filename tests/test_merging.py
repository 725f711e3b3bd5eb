"""The merge policy, and that a segment made of others holds what they held."""

import math
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article
from index.generation import open_generation
from index.merging import MAX_SEGMENTS, to_merge
from index.writer import open_writer
from tests.archives import articles_in, build, quick_folder

LIVE = st.lists(st.integers(0, 10_000), max_size=20)


@pytest.mark.parametrize(
    ("live", "merged"),
    [
        ([], []),
        ([0], [0]),
        ([5, 0, 3, 0], [1, 3]),
        ([100] * 8, []),
        ([100, 1, 50, 2, 60, 70, 80, 90, 95], [1, 3]),
        ([1] * 9, list(range(9))),
        ([1, 1, 2, 4, 8, 16, 32, 64, 128], list(range(9))),
        ([1, 1, 3, 9, 27, 81, 243, 729, 2187], [0, 1]),
        ([0, 100, 1, 50, 2, 60, 70, 80, 90, 95], [0, 2, 4]),
    ],
)
def test_the_smallest_are_merged(live: list[int], merged: list[int]) -> None:
    """Empty segments always go; above eight the smallest are merged, and each next that is no larger than these."""
    assert to_merge(live) == merged


@settings(max_examples=120, deadline=None)
@given(LIVE)
def test_the_policy_keeps_its_promises(live: list[int]) -> None:
    """Indices are valid and ascend, no empty segment stays, none is merged alone, and one too many become eight."""
    merged = to_merge(live)
    assert merged == sorted(set(merged))
    assert all(0 <= index < len(live) for index in merged)
    assert all(count or index in merged for index, count in enumerate(live))
    assert sum(live[index] > 0 for index in merged) != 1
    if len(live) <= MAX_SEGMENTS + 1:
        assert len(live) - len(merged) + any(live[index] for index in merged) <= MAX_SEGMENTS


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 50), min_size=200, max_size=400))
def test_an_article_is_rewritten_a_few_times_at_most(batches: list[int]) -> None:
    """Over hundreds of commits of any size, an article is rewritten about as often as its segment can double."""
    segments: list[int] = []
    rewritten = 0
    for batch in batches:
        segments.append(batch)
        merged = to_merge(segments)
        if merged:
            new = sum(segments[index] for index in merged)
            segments = [count for index, count in enumerate(segments) if index not in merged] + [new]
            rewritten += new
        assert len(segments) <= MAX_SEGMENTS
    assert sum(segments) == sum(batches)
    assert rewritten <= sum(batches) * math.log2(sum(batches))


def test_a_large_run_leaves_one_segment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that fills its memory many times leaves one segment of its own."""
    monkeypatch.setattr("index.word_writer.BYTES_PER_ARTICLE", 60_000_000)
    with quick_folder() as top:
        articles = [article(number) for number in range(30)]
        build(top / "runs", *articles[:18])
        assert [segment.size for segment in open_generation(top / "runs").segments] == [18]
        build(top / "runs", *articles[18:])
        assert [segment.size for segment in open_generation(top / "runs").segments] == [18, 12]
        assert articles_in(top / "runs") == {article_.id: article_ for article_ in articles}


def places(folder: Path) -> dict[str, dict[str, list[tuple[str, list[int]]]]]:
    """Give, for each word of a known set, in which articles' titles and bodies it stands, and where."""
    found: dict[str, dict[str, list[tuple[str, list[int]]]]] = {}
    generation = open_generation(folder)
    for field in ("title", "body"):
        for word in ("common", "even", "odd", *(f"w{number}" for number in range(30))):
            found.setdefault(field, {})[word] = sorted(
                (segment.ids[doc], positions)
                for segment in generation.segments
                for doc, positions in segment.positions(field, word)
            )
    return found


def article(number: int, version: int = 0) -> Article:
    """Give an article with words of its own and words of others."""
    return Article(
        id=f"id{number:02}",
        title=f"common w{number} w{number}",
        body=" ".join(["common", "even" if number % 2 == 0 else "odd", f"w{number}", *[f"v{version}"] * number]),
        section=f"S{number % 3}" if number % 4 else None,
        language="en",
    )


def test_a_merged_segment_holds_what_its_parts_held() -> None:
    """Many small commits, with changes and deletions, end in the same postings and articles as one large one."""
    with quick_folder() as top:
        rng = random.Random(7)
        kept = {}
        for number in range(24):
            with open_writer(top / "small") as writer:
                writer.add(article(number))
                kept[number] = article(number)
                if number % 3 == 2:
                    changed = rng.choice(sorted(kept))
                    if changed != number:
                        writer.add(article(changed, number))
                        kept[changed] = article(changed, number)
                if number % 5 == 4:
                    gone = rng.choice(sorted(kept))
                    writer.remove(article(gone).id)
                    del kept[gone]
        build(top / "large", *kept.values())
        small, large = open_generation(top / "small"), open_generation(top / "large")
        assert small.number == 24
        assert len(small.segments) <= MAX_SEGMENTS
        assert len(large.segments) == 1
        assert articles_in(top / "small") == articles_in(top / "large")
        assert places(top / "small") == places(top / "large")
        for field in ("title", "body"):
            lengths = [
                {
                    segment.ids[doc]: int(length)
                    for segment in generation.segments
                    for doc, length in enumerate(segment.lengths(field))
                    if segment.live[doc]
                }
                for generation in (small, large)
            ]
            assert lengths[0] == lengths[1]
        columns = [
            {
                segment.ids[doc]: (segment.sections[doc], segment.languages[doc], int(segment.stamps[doc]))
                for segment in generation.segments
                for doc in range(segment.size)
                if segment.live[doc]
            }
            for generation in (small, large)
        ]
        assert columns[0] == columns[1]

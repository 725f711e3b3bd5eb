"""Several segments become the one that their articles would have made."""

import datetime
import random
from pathlib import Path

import pytest

from index import Article, merge, merge_postings
from index.arrays import open_arrays
from index.segment import Segment, file_name
from index.segment_writer import SegmentWriter, merge_segments
from index.stored import Stored
from tests.archives import columns_of

LOOSE = ("pair", "other", "surface", "languages", "many", "stored")
"""What may differ: surfaces are counted when they are written; the others say the same in other ways."""


@pytest.mark.parametrize(("memory", "strings_at_once"), [(1, 1), (3_000, 50), (1 << 30, 1 << 13)])
def test_a_merged_segment_is_the_one_built_at_once(
    tmp_path: Path, memory: int, strings_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Array for array, whatever is put together at a time: documents, postings, positions, columns, articles."""
    monkeypatch.setattr(merge_postings, "STRETCH", strings_at_once)
    monkeypatch.setattr(merge, "CHUNK", strings_at_once)
    draw = random.Random(memory)
    articles = []
    for number in range(300):
        words = draw.choices(["the", "oil", "gold", "of", f"w{number % 40}", "Ölpreis"], k=draw.choice([0, 3, 50, 400]))
        articles.append(
            Article(
                id=f"{number * 7919 % 1000}é",
                title=" ".join(words[:5]),
                body=" ".join([*words, f"u{number}"]),
                byline=draw.choice([None, "Anna Petrova", "Ben Oil"]),
                section=draw.choice([None, "a", f"only {number}"]),
                date=draw.choice(
                    [None, datetime.date(1960, 1, 1 + number % 3), datetime.date(2020, 1, 1 + number % 28)]
                ),
                language=draw.choice(["en", "de"]),
            )
        )
    gone = {article.id for article in draw.sample(articles, 40)}
    parts, whole = SegmentWriter(tmp_path, 100, 2.0), SegmentWriter(tmp_path, 100, 2.0)
    for number, article in enumerate(articles):
        parts.add(columns_of(article))
        if article.id not in gone:
            whole.add(columns_of(article))
        if number % 70 == 69:
            parts._flush()
    for name in gone:
        parts.remove(name)
    entries = parts.finish()
    assert len(entries) == 5
    (built,) = whole.finish()
    merged = merge_segments(tmp_path, entries, memory)
    assert merged.doc_count_all() == len(articles) - len(gone)
    expected, found = (open_arrays(tmp_path / file_name(entry.segment_id())) for entry in (built, merged))
    assert expected.keys() == found.keys()
    for name, array in expected.items():
        # Surfaces are counted when they are written, also those of articles that have gone since.
        if name.removeprefix("byline.").partition(".")[0] not in LOOSE and name != "term.languages":
            assert found[name].tolist() == array.tolist(), name
            assert found[name].dtype == array.dtype, name
    terms = [Segment(tmp_path, entry).terms for entry in (built, merged)]
    assert list(Stored(found)) == list(Stored(expected))
    vocabularies = [Segment(tmp_path, entry).vocabulary for entry in (built, merged)]
    assert vocabularies[0].keys() == vocabularies[1].keys()
    assert [vocabularies[1][surface].keys() for surface in vocabularies[0]] == [
        stems.keys() for stems in vocabularies[0].values()
    ]
    times = [each.times_between(0, len(each.stood)).tolist() for each in terms]
    assert times[0] == times[1]

"""A segment as it is read: columns, postings, lengths, articles, vocabulary."""

import datetime
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.analysis import analyse
from index.article import Article
from index.generation import Generation, open_generation
from index.schema import UNDATED, moment, section_key, stamp
from index.segment import Segment
from index.segment_writer import SegmentWriter
from index.writer import open_writer
from tests.archives import articles_in, build, columns_of, quick_folder

FULL = Article(
    id="full",
    title="Contacts with Karabakh",
    body="Russia sees no reason to hinder contacts.\n\nContacts go on.",
    section="CIS countries",
    date=datetime.datetime(2021, 1, 18, 16, 26),
    byline="Anna Petrova",
    language="en",
    url="https://example.org/1?a=b&c",
    source="The Courier",
    photo_credit="Sergey Lantyukhov",
    comments=22,
)
BARE = Article(id="bare", title="Привет", language="ru")
DAY = Article(id="day", body="Nothing but a body", date=datetime.date(1987, 2, 26), section="cis COUNTRIES")


@pytest.fixture
def generation(tmp_path: Path) -> Generation:
    """Give an index of three articles: every field, one field, a date without a time."""
    return open_generation(build(tmp_path, FULL, BARE, DAY))


def test_articles_come_back_as_they_were(generation: Generation) -> None:
    """Every field of an article, and every one that it has not, is read back from the segment."""
    (segment,) = generation.segments
    assert [segment.article(doc) for doc in range(segment.size)] == [FULL, DAY, BARE]


def test_columns_tell_of_every_document(generation: Generation) -> None:
    """Ids, sections as written, languages and dates stand in columns; what an article has not is None or UNDATED."""
    (segment,) = generation.segments
    assert segment.ids == ["full", "day", "bare"]
    assert segment.sections == ["CIS countries", "cis COUNTRIES", None]
    assert segment.languages == ["en", "en", "ru"]
    assert [moment(int(s)) if s != UNDATED else None for s in segment.stamps] == [
        datetime.datetime(2021, 1, 18, 16, 26),
        datetime.datetime(1987, 2, 26),
        None,
    ]
    assert segment.live.tolist() == [True, True, True]


def test_a_column_that_nobody_has_is_all_default(tmp_path: Path) -> None:
    """In a segment without a single section or date, each document has none."""
    (segment,) = open_generation(build(tmp_path, BARE)).segments
    assert segment.sections == [None]
    assert segment.stamps.tolist() == [UNDATED]
    assert segment.lengths("body").tolist() == [0]


def test_stems_are_found_where_they_stand(generation: Generation) -> None:
    """A stem's postings are documents, ascending, with the positions of the word in title or body."""
    (segment,) = generation.segments
    assert list(segment.positions("title", "contact")) == [(0, [0])]
    assert list(segment.positions("body", "contact")) == [(0, [6, 7])]
    assert list(segment.positions("byline", "petrova")) == [(0, [1])]
    assert list(segment.positions("title", "привет")) == [(2, [0])]
    assert list(segment.positions("body", "nowhere")) == []


def test_lengths_count_words(generation: Generation) -> None:
    """A document is as long as it has words, stop words included, in title and body apart; short ones exactly."""
    (segment,) = generation.segments
    assert segment.lengths("title").tolist() == [3, 0, 1]
    assert segment.lengths("body").tolist() == [10, 4, 0]


def test_long_lengths_are_ranked_by_within_a_fortieth(tmp_path: Path) -> None:
    """The codec's steps are never further from the real length than a fortieth of it, and lengths of fields exact."""
    counts = [50, 107, 800, 5_000]
    (segment,) = open_generation(build(tmp_path, *(Article(id=str(n), body="word " * n) for n in counts))).segments
    exact = [counts[[str(n) for n in counts].index(identifier)] for identifier in segment.ids]
    assert segment.lengths("body").tolist() == exact
    assert np.all(np.abs(segment.lengths("text") / exact - 1) < 0.025)


def test_a_document_is_found_by_its_id_while_it_is_live(tmp_path: Path) -> None:
    """An id leads to its document; one that was taken out, or was never there, leads nowhere."""
    build(tmp_path, FULL, BARE)
    with open_writer(tmp_path) as writer:
        assert writer.remove("full")
    (segment,) = open_generation(tmp_path).segments
    assert segment.document("bare") == 1
    assert segment.document("full") is None
    assert segment.document("ful") is None
    assert segment.live.tolist() == [False, True]
    assert list(segment.positions("body", "contact")) == []


@pytest.mark.parametrize(
    "strange",
    [
        Article(id="1", title="\x00 nul \x00"),
        Article(id="1", title="!!!", body="... — ..."),
        Article(id="1", title="x", section="\u00ad", byline="-", language="und"),
        Article(id="1", title="x", section="S" * 100_000, byline="b " * 50_000 + "b", url="u" * 100_000),
        Article(id="x" * 512, body="y" * 300_000),
        Article(id="1", body="東京都" * 20_000),
        Article(id="1", title="t", date=datetime.date(1, 1, 1), comments=2**53 - 1),
        Article(id="1", title="t", date=datetime.datetime(9999, 12, 31, 23, 59), comments=0),
        Article(id="日本/é\u202e \U0001f4f0.txt", title="<script>alert(1)</script> & \u202e"),
    ],
    ids=["nul", "no words", "blank section", "long fields", "one word", "unspaced", "year 1", "year 9999", "odd id"],
)
def test_no_article_is_too_strange(tmp_path: Path, strange: Article) -> None:
    """Whatever keeps the rules can be indexed, read back to the letter, and found by its id."""
    build(tmp_path, strange, BARE)
    assert articles_in(tmp_path) == {strange.id: strange, "bare": BARE}
    (segment,) = open_generation(tmp_path).segments
    assert segment.ids[segment.document(strange.id) or 0] == strange.id


def test_the_vocabulary_counts_words_as_written(generation: Generation) -> None:
    """Each word of title and body, folded, with the stems it was indexed under and how often; bylines stay out."""
    (segment,) = generation.segments
    assert segment.vocabulary["contacts"] == {"contact": 3}
    assert segment.vocabulary["привет"] == {"привет": 1}
    assert "petrova" not in segment.vocabulary


def test_one_word_can_have_stems_of_two_languages(tmp_path: Path) -> None:
    """A word that two languages stem in two ways leads to both, and merging segments adds the counts up."""
    for number, language in enumerate(("en", "fr", "en")):
        build(tmp_path, Article(id=str(number), title="nations", language=language))
    assert spelt(tmp_path) == {"nations": {"nation": 3}}
    build(tmp_path, Article(id="de", title="Nations", language="und"))
    assert spelt(tmp_path) == {"nations": {"nation": 3, "nations": 1}}


def spelt(folder: Path) -> dict[str, Counter[str]]:
    """Return the vocabularies of all segments, added up."""
    found: dict[str, Counter[str]] = {}
    for segment in open_generation(folder).segments:
        for surface, stems in segment.vocabulary.items():
            found.setdefault(surface, Counter()).update(stems)
    return found


SOME = ["one", "two", "ones", "東京", "été", "U.S.", "c++", "привет", "x"]
WORDS = st.lists(st.sampled_from(SOME), max_size=8).map(" ".join)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4))
def test_a_segment_is_what_the_analyzer_says(texts: list[tuple[str, str]]) -> None:
    """For every stem of every text, the segment's postings are the positions that the analyzer gives."""
    articles = [
        Article(id=str(number), title=title, body=body or "body", language="en")
        for number, (title, body) in enumerate(texts)
    ]
    with quick_folder() as folder:
        (segment,) = open_generation(build(folder, *articles)).segments
        for field in ("title", "body"):
            expected: dict[str, list[tuple[int, list[int]]]] = {}
            for doc, article in enumerate(articles):
                places: dict[str, list[int]] = {}
                for place, token in enumerate(analyse(getattr(article, field), "en")):
                    places.setdefault(token.stem, []).append(place)
                for stem, positions in places.items():
                    expected.setdefault(stem, []).append((doc, positions))
            assert {stem: list(segment.positions(field, stem)) for stem in expected} == expected


def test_dates_are_counted_in_minutes() -> None:
    """A stamp is minutes of wall time since 1970, negative before, and the smallest number without a date."""
    assert stamp(None) == UNDATED
    assert stamp(datetime.date(1970, 1, 1)) == 0
    assert stamp(datetime.datetime(1970, 1, 2, 0, 1)) == 1441
    assert stamp(datetime.date(1969, 12, 31)) == -1440
    assert moment(stamp(datetime.datetime(1, 1, 1))) == datetime.datetime(1, 1, 1)
    assert stamp(datetime.date(1, 1, 1)) > UNDATED


@pytest.mark.parametrize(
    ("one", "other"),
    [("CIS countries", "cis COUNTRIES"), ("Straße", "STRASSE"), ("Élan", "e\u0301lan"), (" Sport ", "sport")],
)
def test_sections_are_the_same_without_regard_to_case(one: str, other: str) -> None:
    """Case, composition and blanks around a section make no difference to what it is matched by."""
    assert section_key(one) == section_key(other)


def test_documents_are_found_by_their_ids(tmp_path: Path) -> None:
    """Any id of a segment is found, in any script, the living one of several; and no other."""
    ids = ["", *"zaéA東", "ab", "a b", *map(str, range(200))][1:]
    build(
        tmp_path, *(Article(id=name, title="t", date=datetime.date(2000, 1, 1 + n % 7)) for n, name in enumerate(ids))
    )
    (segment,) = open_generation(tmp_path).segments
    assert [segment.ids[doc] for name in ids if (doc := segment.document(name)) is not None] == ids
    assert [segment.document(name) for name in ("0a", "", "\U0010ffff", "é ", "201")] == [None] * 5
    with open_writer(tmp_path) as writer:
        writer.remove("ab")
    assert open_generation(tmp_path).segments[0].document("ab") is None


def test_an_article_that_was_replaced_is_found_alive(tmp_path: Path) -> None:
    """Where a segment holds an article twice, the one that is alive is the one with the id."""
    writer = SegmentWriter(tmp_path, 100, 2.0)
    for year in (2003, 2001, 2002):
        writer.remove("a")
        writer.add(columns_of(Article(id="a", title=str(year), date=datetime.date(year, 1, 1), language="en")))
    (written,) = writer.finish()
    segment = Segment(tmp_path, written)
    assert segment.size == 3
    assert segment.article(segment.document("a") or 0).title == "2002"

"""What a search promises: orders, filters, generations, threads."""

import datetime
import os
import random
import sys
import threading
import time
import unicodedata
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from index import open_writer
from index.errors import MissingIndexError
from search import Article, Hit, LiveSearcher, Searcher, SearchRequest, open_searcher
from tests.searching import IDS, ask, found, ids, make_index, random_article, shape, small

# Orders


def test_undated_articles_come_last_in_every_order_by_date(searcher: Searcher) -> None:
    """Newest or oldest first, undated articles last; equal dates go by id."""
    for order_by, falling in (("newest", True), ("oldest", False)):
        hits = ask(searcher, order_by=order_by, page_size=100).hits
        dated = [hit for hit in hits if hit.date is not None]
        assert 0 < len(dated) < len(hits)
        assert list(hits[: len(dated)]) == dated
        moments = [moment(hit) for hit in hits]
        assert moments[: len(dated)] == sorted(moments[: len(dated)], reverse=falling)
        for left, right in pairwise(hits):
            if moment(left) == moment(right):
                assert left.id < right.id


def moment(hit: Hit) -> datetime.datetime:
    """Return when an article appeared: at midnight if only the day is known, at the end of time if nothing is."""
    if hit.date is None or isinstance(hit.date, datetime.datetime):
        return hit.date or datetime.datetime.max
    return datetime.datetime.combine(hit.date, datetime.time())


def test_equal_scores_go_by_date_then_id(tmp_path: Path) -> None:
    """Whole-query order is score, newest, id by code point; without a date last."""
    dates = {"b": 1, "a": 1, "é": 1, "Z": 1, "new": 2}
    articles = [Article(id=id_, body="storm", date=datetime.date(2020, 1, day)) for id_, day in dates.items()]
    folder = small(tmp_path, Article(id="0", body="storm"), *articles, Article(id="top", body="storm storm"))
    with open_searcher(folder) as searcher:
        assert ids(ask(searcher, "storm")) == ["top", "new", "Z", "a", "b", "é", "0"]
        assert ids(ask(searcher, "")) == ["new", "Z", "a", "b", "é", "0", "top"]


def test_the_order_of_indexing_changes_nothing(tmp_path: Path) -> None:
    """The same articles in any order, in any number of commits, answer alike."""
    chance = random.Random(2)
    articles = [random_article(chance, identifier) for identifier in IDS[:30]]
    answers = []
    for turn in range(3):
        chance.shuffle(articles)
        folder = make_index(tmp_path / str(turn), *(articles[at::turn] for at in range(turn))) if turn else None
        with open_searcher(folder or make_index(tmp_path / "0", articles)) as searcher:
            answers.append([shape(ask(searcher, query)) for query in ("", "peace the", "karabakh", '"the of"', "r*")])
    assert answers[0] == answers[1] == answers[2]


# Filters


def test_sections_are_matched_without_regard_to_case(tmp_path: Path) -> None:
    """A section is one by any capitals, composition and outer blanks; it goes by its most frequent spelling."""
    spellings = ["Économie", "ÉCONOMIE", unicodedata.normalize("NFD", "économie"), "Économie", "Sport"]
    folder = small(tmp_path, *(Article(id=str(n), body="x", section=name) for n, name in enumerate(spellings)))
    for name in (" économie ", "Économie", unicodedata.normalize("NFD", "ÉCONOMIE")):
        assert found(folder, "", sections=(name,)) == ["0", "1", "2", "3"]
        assert found(folder, f'section:"{name}"') == ["0", "1", "2", "3"]
        assert found(folder, "", excluded_sections=(name,)) == ["4"]
    with open_searcher(folder) as searcher:
        facet = ask(searcher, "x", sections=("sport",)).facets.section
    assert facet is not None
    assert [(value.value, value.count, value.selected) for value in facet.values] == [
        ("Économie", 4, False),
        ("Sport", 1, True),
    ]


@pytest.mark.parametrize(
    ("request_", "warning"),
    [
        ({"sections": ("Nowhere", "World")}, "'Nowhere'"),
        ({"excluded_sections": ("Nowhere",)}, "'Nowhere'"),
        ({"languages": ("xx",)}, "'xx'"),
        ({"query": "section:nowhere"}, "'nowhere'"),
        ({"query": "peace OR language:xx"}, "'xx'"),
    ],
)
def test_what_the_archive_does_not_hold_is_said(searcher: Searcher, request_: dict[str, Any], warning: str) -> None:
    """An unknown section or language is no silent emptiness: a warning names it."""
    (said,) = ask(searcher, **request_).warnings
    assert warning in said


def test_known_sections_and_languages_are_not_warned_of(searcher: Searcher) -> None:
    """Where all is known there is nothing to say."""
    assert ask(searcher, "section:world", sections=("WORLD",), languages=("en",)).warnings == ()


def test_a_language_takes_in_its_regions(tmp_path: Path) -> None:
    """``en`` finds ``en-GB`` and not the other way round; tags are matched without regard to case."""
    tags = ["en", "en-GB", "en-US", "eng-x", "fr"]
    folder = small(tmp_path, *(Article(id=tag, body="x", language=tag) for tag in tags if tag != "eng-x"))
    assert found(folder, "", languages=("EN",)) == ["en", "en-GB", "en-US"]
    assert found(folder, "language:en-gb") == ["en-GB"]
    assert found(folder, "", languages=("en-US", "fr")) == ["en-US", "fr"]
    assert found(folder, "", languages=("e",)) == found(folder, "language:en-G") == []


def test_a_hit_tells_the_language_it_was_read_in(tmp_path: Path) -> None:
    """Hits carry a language even where the article does not: that of its text, else the archive's."""
    told = Article(id="told", body="Der Rat hat die Brücke nicht mit dem Geld der Stadt und auch nicht für sie gebaut.")
    folder = small(tmp_path, told, Article(id="short", body="Brücke"), Article(id="said", body="x", language="pt-BR"))
    with open_searcher(folder) as searcher:
        assert {hit.id: hit.language for hit in ask(searcher).hits} == {"told": "de", "short": "en", "said": "pt-BR"}


def test_dates_are_inclusive_days(tmp_path: Path) -> None:
    """Both ends of a range are whole days; undated articles are in no range."""
    folder = small(
        tmp_path,
        Article(id="eve", body="x", date=datetime.datetime(2020, 12, 31, 23, 59)),
        Article(id="day", body="x", date=datetime.date(2021, 1, 1)),
        Article(id="late", body="x", date=datetime.datetime(2021, 1, 1, 23, 59)),
        Article(id="next", body="x", date=datetime.datetime(2021, 1, 2, 0, 0)),
        Article(id="first", body="x", date=datetime.date(1, 1, 1)),
        Article(id="last", body="x", date=datetime.datetime(9999, 12, 31, 23, 59)),
        Article(id="never", body="x"),
    )
    day = datetime.date(2021, 1, 1)
    assert found(folder, "", from_date=day, to_date=day) == ["day", "late"]
    assert found(folder, "date:2021-01-01") == ["day", "late"]
    assert found(folder, "", from_date=datetime.date.min, to_date=datetime.date.max) == found(folder, "date:..9999")
    assert "never" not in found(folder, "", to_date=datetime.date.max)
    assert len(found(folder, "", to_date=datetime.date.max)) == 6
    assert found(folder, "date:<2021-01-01") == ["eve", "first"]
    assert found(folder, "date:>2021-01-01") == ["last", "next"]
    assert found(folder, "date:>9999-12-31") == found(folder, "date:<0001") == []
    assert found(folder, "date:>=9999-12-31") == ["last"]
    assert found(folder, "date:<=0001") == ["first"]
    assert found(folder, "-date:2021") == ["eve", "first", "last", "never"]


def test_phrases_are_found_in_bylines_of_more_words_than_the_texts_have(tmp_path: Path) -> None:
    """A byline's words are its own: in a segment they may be more than those of all titles and bodies."""
    articles = [Article(id=str(n), title="storm", byline=f"Ann{n} van der Berg{n} and Zoe Zorn{n}") for n in range(3)]
    with open_searcher(small(tmp_path, *articles)) as searcher:
        assert ids(ask(searcher, 'byline:"zoe zorn2"')) == ["2"]
        assert ids(ask(searcher, 'byline:"van der berg0"')) == ["0"]
        assert sorted(ids(ask(searcher, 'byline:"and zoe"'))) == ["0", "1", "2"]
        assert ids(ask(searcher, 'byline:"zoe ann1"~9')) == ["1"]
        assert ids(ask(searcher, 'byline:"zorn1 zoe"')) == []


def test_what_was_deleted_is_in_no_answer(tmp_path: Path) -> None:
    """A deleted or replaced article is found by no query, no limit, no exclusion, and counted in no facet."""
    day = datetime.date(2020, 1, 1)
    kept, gone = (Article(id=id_, title="storm", section="Sea", date=day, byline="Wind") for id_ in ("kept", "gone"))
    folder = small(tmp_path, kept, gone, Article(id="changed", title="storm", section="Sea", date=day, byline="Wind"))
    with open_writer(folder) as writer:
        writer.remove("gone")
        writer.add(Article(id="changed", title="calm", section="Sky", byline="Rain"))
    with open_searcher(folder) as searcher:
        for query in (
            "storm",
            "title:storm",
            "sto*",
            "section:sea",
            "date:2020",
            "byline:wind",
            "-calm",
            "storm -calm",
        ):
            results = ask(searcher, query)
            assert (ids(results), results.total) == (["kept"], 1), query
            assert results.facets.section is not None
            assert results.facets.date is not None
            assert [value.count for value in results.facets.section.values] == [1], query
            assert [(bucket.count, bucket.published) for bucket in results.facets.date.buckets] == [(1, 1)], query
            assert results.facets.date.undated == 0
        facets = ask(searcher, "section:sea", languages=("en",), from_date=day).facets
        assert facets.section is not None
        assert [value.count for value in facets.section.values] == [1]
        everything = ask(searcher)
        assert (ids(everything), everything.index.articles) == (["kept", "changed"], 2)
        assert everything.facets.section is not None
        assert {value.value: value.count for value in everything.facets.section.values} == {"Sea": 1, "Sky": 1}
        assert searcher.article("gone") is None


# Generations and threads


def test_a_live_searcher_has_the_newest_generation(tmp_path: Path) -> None:
    """A commit is seen by the next search; a searcher opened before keeps its own generation, texts included."""
    folder = small(tmp_path, "storm one", "storm two")
    live = LiveSearcher(folder)
    before = live.current()
    assert live.current() is before
    with open_writer(folder) as writer:
        writer.add(Article(id="3", body="storm three"))
        writer.add(Article(id="2", body="calm now"))
        writer.remove("1")
    after = live.current()
    assert after.state.generation == before.state.generation + 1
    assert ids(ask(after, "storm")) == ["3"]
    assert ids(ask(before, "storm")) == ["1", "2"]
    old, new = before.article("2"), after.article("2")
    assert old is not None
    assert new is not None
    assert (old.body, new.body) == ("storm two", "calm now")
    assert after.article("1") is None


@pytest.mark.parametrize("seconds_ago", [0, 3600])
def test_a_live_searcher_is_told_by_the_folder(tmp_path: Path, seconds_ago: int) -> None:
    """A commit is seen after a long rest of the folder, and also one in the same tick of the clock as the last look."""
    folder = small(tmp_path, "storm one")
    then = time.time_ns() - seconds_ago * 1_000_000_000
    os.utime(folder, ns=(then, then))
    live = LiveSearcher(folder)
    assert live.current() is live.current()
    with open_writer(folder) as writer:
        writer.add(Article(id="2", body="storm two"))
    if not seconds_ago:
        os.utime(folder, ns=(then, then))
    assert live.current().state.generation == 2


def test_a_live_searcher_waits_for_its_index(tmp_path: Path) -> None:
    """Without an index a search is an error that says so; once there is one it is found without a restart."""
    live = LiveSearcher(tmp_path / "index")
    with pytest.raises(MissingIndexError):
        live.current()
    small(tmp_path, "storm")
    assert ask(live.current(), "storm").total == 1


def test_a_pinned_generation_stays_the_same_under_writes(tmp_path: Path) -> None:
    """While articles come and go, a searcher's answers do not move."""
    folder = small(tmp_path, *["storm and rain"] * 5)
    with open_searcher(folder) as searcher:
        first = shape(ask(searcher, "storm"))
        for number in range(4):
            with open_writer(folder) as writer:
                writer.remove(str(number + 1))
                writer.add(Article(id=f"new{number}", body="storm " * number + "x"))
            assert shape(ask(searcher, "storm")) == first


def test_threads_do_not_mix_their_answers(searcher: Searcher) -> None:
    """One searcher asked by several threads at once gives each the answer it gives alone."""
    queries = [
        "peace",
        "the of",
        '"the of"',
        "karab*",
        "tlaks~",
        "run -war",
        "",
        "東京 OR мир",
        "title:the",
        "war price",
    ]
    alone = [shape(ask(searcher, query)) for query in queries]
    wrong: list[str] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(25):
            number = chance.randrange(len(queries))
            try:
                same = shape(ask(searcher, queries[number])) == alone[number]
            except Exception:  # whatever it is, it is not the answer
                same = False
            if not same:
                wrong.append(queries[number])

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []


def test_an_answer_says_which_state_of_the_index_gave_it(tmp_path: Path) -> None:
    """Generation, number of live articles and time of commit stand in every answer."""
    folder = small(tmp_path, "storm", "rain")
    with open_writer(folder) as writer:
        writer.remove("1")
    with open_searcher(folder) as searcher:
        state = ask(searcher).index
    assert (state.generation, state.articles) == (2, 1)
    assert abs(datetime.datetime.now(datetime.UTC) - state.updated) < datetime.timedelta(minutes=5)


def test_top_gives_the_same_without_the_texts(searcher: Searcher) -> None:
    """``top`` is the page's ids, scores, total and facets."""
    for query in ("peace", "", "the karabakh war"):
        results, top = ask(searcher, query), searcher.top(SearchRequest(query=query))
        assert list(top.ids) == ids(results)
        assert list(top.scores) == [hit.score for hit in results.hits]
        assert (top.total, top.facets) == (results.total, results.facets)


def test_words_nobody_wrote_are_answered_at_once(searcher: Searcher) -> None:
    """32 unknown words find nothing, in no time worth speaking of."""
    results = ask(searcher, " ".join(f"unheard{n}" for n in range(32)))
    assert results.total == 0
    assert results.took_ms < 500

"""``check``: what it looks at beyond checksums, and what it says to do."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from index.account_check import account_damage
from index.account_rows import FILE
from index.article import Article
from index.checking import account_faults, segment_faults
from index.generation import Generation, mark_name, newest, open_generation, toc_name
from index.indexing import delete, index
from index.reindexing import rebuild
from index.segment import Segment, Terms
from search import LiveSearcher, SearchRequest
from tests.archives import articles_in, build, entries_in, good, write_lines
from tests.exact import articles
from tests.test_indexing_model import left_over
from web.commands import backfile


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give an index of two segments, some articles of it replaced."""
    folder = build(tmp_path / "index", *articles(1, 80))
    return build(folder, *articles(2, 40), Article("a0001", "Another"), Article("a0001x", "same"), Article("b", "same"))


def check(folder: Path, *words: str) -> Result:
    """Run ``check``."""
    result = CliRunner().invoke(backfile, ["check", "--index", str(folder), *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def spoil(path: Path) -> None:
    """Flip a bit in the middle of a file, in a new file of that name."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()
    path.write_bytes(data)


def test_a_sound_index_is_said_to_be_so(folder: Path) -> None:
    """With the number of its articles, and of the generation before, which is looked at too."""
    result = check(folder)
    assert result.exit_code == 0
    assert result.stdout == "Generation 2 is sound: 82 articles. So is generation 1, before it.\n"
    assert json.loads(check(folder, "--json").stdout) == {
        "sound": True,
        "generation": 2,
        "damage": [],
        "previous": {"generation": 1, "sound": True, "damage": []},
    }


def swapped(column: Any, one: int, other: int) -> Any:
    """Give a column with two values in each other's place."""
    changed = np.array(column)
    changed[[one, other]] = changed[[other, one]]
    return changed


class Documents:
    """Documents of postings that are not what gaps can say."""

    def __init__(self, docs: Any) -> None:
        self._docs = docs

    def __len__(self) -> int:
        return len(self._docs)

    def between(self, start: int, end: int) -> Any:
        """Give those of a stretch of postings."""
        return self._docs[start:end]


def spelt_out(terms: Terms) -> Any:
    """Give the documents of all postings."""
    return terms.docs.between(0, len(terms.docs))


def lowered(segment: Segment) -> None:
    """Give the last posting of a word's list the document of the first."""
    first = segment.terms.first.astype(np.int64)
    term = int((first[1:] - first[:-1]).argmax())
    docs = spelt_out(segment.terms)
    segment.terms.docs = Documents(swapped(docs, int(first[term]), int(first[term + 1]) - 1))  # type: ignore[assignment]


WRONG: dict[str, tuple[Callable[[Segment], Any], str]] = {
    "a document too many": (lambda s: setattr(s, "size", s.size + 1), "its table of contents says"),
    "a short column": (lambda s: setattr(s, "section", s.section[1:]), "columns are of different lengths"),
    "an id left out": (lambda s: setattr(s, "id_order", np.zeros_like(s.id_order)), "the order of ids leaves some out"),
    "ids out of order": (lambda s: setattr(s, "id_order", swapped(s.id_order, 0, 5)), "out of order"),
    "a section without a name": (lambda s: s.section_names.pop(), "sections without a name"),
    "a language without a tag": (lambda s: s.language_tags.clear(), "languages without a tag"),
    "older first": (lambda s: setattr(s, "stamps", s.stamps[::-1]), "documents are out of order"),
    "a list out of order": (lowered, "words are out of order"),
    "a document beyond the last": (
        lambda s: setattr(s.terms, "docs", Documents(spelt_out(s.terms) + 70)),
        "words are out of order",
    ),
    "a list without end": (lambda s: setattr(s.terms, "first", s.terms.first[:-1]), "words are out of order"),
    "a score too few": (lambda s: setattr(s.byline, "stood", s.byline.stood[1:]), "bylines are out of order"),
    "an article too few": (lambda s: setattr(s, "stored", [*s.stored][1:]), "stored articles are missing"),
    "arrays of nothing": (lambda s: setattr(s, "terms", None), "cannot be read"),
}


@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG)
def test_what_does_not_fit_together_is_found(folder: Path, change: Callable[[Segment], Any], said: str) -> None:
    """A fault in what was written, that no checksum can show, is told with the segment's name and what to do."""
    generation = open_generation(folder)
    assert segment_faults(generation) == []
    change(generation.segments[0])
    found = segment_faults(generation)
    assert any(said in line for line in found), found
    assert all(generation.segments[0].name in line and "backfile reindex SOURCE" in line for line in found)


def test_articles_are_counted_and_none_is_there_twice(folder: Path) -> None:
    """Over all segments."""
    generation = open_generation(folder)
    counted = replace(generation, manifest=replace(generation.manifest, articles=81))
    assert "82 articles, 81 were written" in segment_faults(counted)[0]
    (alive,) = (segment for segment in generation.segments if segment.alive is not None)
    alive.alive, alive.count = None, alive.size
    found = segment_faults(replace(generation, manifest=replace(generation.manifest, articles=120 + 3)))
    assert any("two articles with the id" in line for line in found), found


def faults(generation: Generation) -> list[str]:
    """Give what is wrong with the account of a generation in its folder."""
    return account_faults(generation, generation.folder)


def test_the_account_tells_of_what_the_index_holds(folder: Path) -> None:
    """Every article's content is held against its hash in the account, of the generation before as well."""
    generation, before = open_generation(folder), open_generation(folder, 1)
    assert faults(generation) == faults(before) == []
    told = sorted((entry.id, entry.digest) for entry in entries_in(folder).values())
    assert account_damage(folder, generation.number, told) == []
    for held, said in (
        (told[1:], "1 too many, 0 missing, 0 with another content"),
        ([*told, ("zzz", b"")], "0 too many, 1 missing, 0 with another content"),
        ([(told[0][0], b""), *told[1:-1], ("zzz", b"")], "1 too many, 1 missing, 1 with another content"),
        ([], f"{len(told)} too many, 0 missing"),
    ):
        assert said in account_damage(folder, generation.number, held)[0]
    (folder / FILE).unlink()
    assert "is missing" in check(folder).stderr


def test_what_is_wrong_with_the_generation_before_costs_nothing(folder: Path) -> None:
    """It is told, with what becomes of it, and the exit status is that of a sound index."""
    rebuild(folder)
    spoil(folder / f"{open_generation(folder, 2).segments[0].name}.arrays")
    result = check(folder)
    assert (result.exit_code, result.stdout) == (0, "Generation 3 is sound: 82 articles.\n")
    assert "Generation 2, which nothing but readers from before the last commit needs, is damaged" in result.stderr
    build(folder, Article("more", "More"))
    assert check(folder).stderr == ""


def test_going_back_is_advised_where_it_helps(folder: Path) -> None:
    """Where the newest generation is damaged and the one before is not, doing as told serves the latter."""
    rebuild(folder)
    was = articles_in(folder, 2)
    spoil(folder / f"{open_generation(folder).segments[0].name}.arrays")
    result = check(folder)
    assert result.exit_code == 3
    assert "go back to generation 2, which is sound, by removing _MAIN_3.toc and _MAIN_3.committed" in result.stderr
    (folder / "_MAIN_3.toc").unlink()
    (folder / "_MAIN_3.committed").unlink()
    assert newest(folder) == 2
    assert articles_in(folder) == was
    assert check(folder).exit_code == 0
    build(folder, Article("more", "More"))
    assert check(folder).exit_code == 0


def test_a_lost_table_of_contents_is_told(folder: Path) -> None:
    """What a commit made visible does not come undone without a word: an article that was deleted stays away."""
    delete(folder, ["b"])
    number = newest(folder)
    sealed = (folder / toc_name(number)).read_bytes()
    (folder / toc_name(number)).unlink()
    before = sorted(path.name for path in folder.iterdir())
    for words in (["check"], ["search", "same"], ["serve", "--port", "0"], ["stats"], ["delete", "a0001"], ["reindex"]):
        result = CliRunner().invoke(backfile, [*words, "--index", str(folder)])
        assert result.exit_code == 3, (words, result.output)
        assert f"{toc_name(number)} is missing" in result.stderr
        assert f"remove {mark_name(number)} to go back to generation {number - 1}" in result.stderr
    assert sorted(path.name for path in folder.iterdir()) == before
    (folder / toc_name(number)).write_bytes(sealed)
    assert check(folder).exit_code == 0
    assert "b" not in articles_in(folder)


def test_a_lost_table_of_contents_is_no_reason_to_stop_serving(folder: Path) -> None:
    """Who has the newest generation open goes on with it, and not with the one before."""
    searcher = LiveSearcher(folder)
    delete(folder, ["b"])
    request = SearchRequest(query="same")
    total = searcher.current().search(request).total
    (folder / toc_name(newest(folder))).unlink()
    assert searcher.current().search(request).total == total


def test_a_lost_table_of_contents_is_made_anew(tmp_path: Path) -> None:
    """From the source, as one that is damaged, or by going back on purpose; nothing of it is in the way then."""
    source = write_lines(tmp_path / "a.jsonl", *good("1", "2", "3"))
    folder = tmp_path / "index"
    for ids in (["1"], ["1", "2"], ["1", "2", "3"]):
        index(folder, [write_lines(tmp_path / "a.jsonl", *good(*ids))])
    delete(folder, ["2"])
    back = shutil.copytree(folder, tmp_path / "back")
    (folder / toc_name(4)).unlink()
    assert index(folder, [source], afresh=True).articles == 2
    assert newest(folder) == 5
    assert "Generation 4" in check(folder).stderr
    index(folder, [write_lines(tmp_path / "a.jsonl", *good("1", "2", "3", "4"))])
    assert set(articles_in(folder)) == {"1", "3", "4"}
    assert check(folder).stderr == ""
    assert left_over(folder) == set()
    (back / toc_name(4)).unlink()
    (back / mark_name(4)).unlink()
    assert set(articles_in(back)) == {"1", "2", "3"}
    assert check(back).exit_code == 0
    index(back, [source])
    assert set(articles_in(back)) == {"1", "2", "3", "4"}
    assert left_over(back) == set()


def test_an_index_without_marks_is_as_good(folder: Path) -> None:
    """A crash may come between the two; what was committed without a mark is visible, and marked with the next."""
    was = articles_in(folder)
    for path in folder.glob("*.committed"):
        path.unlink()
    assert articles_in(folder) == was
    assert check(folder).stderr == ""
    build(folder, Article("more", "More"))
    assert [path.name for path in folder.glob("*.committed")] == [mark_name(3)]

"""The writer that programs use: articles in and out, one commit, errors."""

from pathlib import Path

import pytest

from index.article import Article
from index.errors import ArticleError, StorageError
from index.generation import open_generation
from index.settling import Outcome
from index.writer import open_writer
from tests.archives import build, entries_in, titles_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder of an index that is not there yet."""
    return tmp_path / "index"


def test_articles_added_and_removed_in_one_run(folder: Path) -> None:
    """Whatever comes in and goes out in a run, the end of it is what counts, for old articles and new ones."""
    build(folder, Article(id="old", title="T"), Article(id="stays", title="T"))
    with open_writer(folder) as writer:
        assert writer.add(Article(id="new", title="1")).outcome is Outcome.ADDED
        assert writer.remove("new")
        assert not writer.remove("new")
        assert writer.remove("old")
        assert writer.add(Article(id="old", title="2")).outcome is Outcome.ADDED
        assert writer.add(Article(id="old", title="3")).outcome is Outcome.DUPLICATE
        assert writer.add(Article(id="newer", title="1")).outcome is Outcome.ADDED
        assert writer.remove("newer")
        assert writer.add(Article(id="newer", title="2")).outcome is Outcome.ADDED
        assert writer.add(Article(id="stays", title="T")).outcome is Outcome.UNCHANGED
        assert writer.remove("stays")
        assert writer.add(Article(id="stays", title="T")).outcome is Outcome.ADDED
    assert titles_in(folder) == {"old": "2", "newer": "2", "stays": "T"}
    assert set(entries_in(folder)) == {"old", "newer", "stays"}


def test_deleting_for_good_and_restoring_in_one_run(folder: Path) -> None:
    """The last word counts: deleted, restored, taken in, deleted again."""
    build(folder, Article(id="1", title="T"), Article(id="2", title="T"))
    with open_writer(folder) as writer:
        assert writer.remove("1", for_good=True)
        assert writer.add(Article(id="1", title="new")).outcome is Outcome.DELETED
        assert writer.remove("2", for_good=True)
        assert writer.restore("2")
        assert not writer.restore("2")
        assert not writer.restore("3")
        assert writer.add(Article(id="2", title="new")).outcome is Outcome.ADDED
    with open_writer(folder) as writer:
        assert writer.restore("1")
        assert writer.add(Article(id="1", title="new")).outcome is Outcome.ADDED
        assert writer.remove("1", for_good=True)
    with open_writer(folder) as writer:
        assert writer.add(Article(id="1", title="newer")).outcome is Outcome.DELETED
    assert titles_in(folder) == {"2": "new"}


def test_a_writer_commits_once(folder: Path) -> None:
    """After its commit a writer refuses to take in what would be lost, and so does one whose block has ended."""
    with open_writer(folder) as writer:
        writer.add(Article(id="1", title="T"))
        assert writer.commit() == 1
        assert writer.commit() == 1
        for attempt in (
            lambda: writer.add(Article(id="2", title="T")),
            lambda: writer.remove("1"),
            lambda: writer.restore("1"),
            writer.carry_over,
        ):
            with pytest.raises(ValueError, match="has committed"):
                attempt()
    with pytest.raises(ValueError, match="has committed"):
        writer.add(Article(id="2", title="T"))
    assert titles_in(folder) == {"1": "T"}


def test_a_rejected_article_leaves_nothing_behind(folder: Path) -> None:
    """The writer goes on after an ArticleError, and no word of the article is in the index."""
    with open_writer(folder) as writer:
        with pytest.raises(ArticleError):
            writer.add(Article(id="a\x00b", title="ghost"))
        writer.add(Article(id="1", title="T"))
    (segment,) = open_generation(folder).segments
    assert list(segment.positions("title", "ghost")) == []
    assert "ghost" not in segment.vocabulary


def test_building_afresh_keeps_only_what_is_handed_over(folder: Path) -> None:
    """A program that builds afresh and carries nothing over has what it added, and the account agrees."""
    build(folder, Article(id="1", title="T"), Article(id="2", title="T"))
    with open_writer(folder, afresh=True) as writer:
        assert writer.add(Article(id="2", title="T")).outcome is Outcome.UNCHANGED
    assert set(titles_in(folder)) == set(entries_in(folder)) == {"2"}
    with open_writer(folder) as writer:
        assert writer.add(Article(id="1", title="T")).outcome is Outcome.ADDED
    assert set(titles_in(folder)) == {"1", "2"}


def test_errors_of_a_block_are_its_own(folder: Path) -> None:
    """A file that the caller's code does not find is no failure of the index, and nothing is committed."""
    with pytest.raises(FileNotFoundError), open_writer(folder) as writer:
        writer.add(Article(id="1", title=Path("/nowhere/at/all").read_text()))
    assert not folder.exists()


def test_a_folder_that_cannot_be_made_is_told_of(tmp_path: Path) -> None:
    """A file in the place of the folder, or of one above it, is a StorageError with the reason."""
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file/below", tmp_path / ("x" * 300)):
        with pytest.raises(StorageError, match="cannot be written") as caught, open_writer(folder):
            pass
        assert caught.value.exit_status == 3


def test_an_index_is_its_owners_alone(folder: Path) -> None:
    """The folder is made for nobody else to look into, or to write into."""
    build(folder, Article(id="1", title="T"))
    assert folder.stat().st_mode & 0o777 == 0o700

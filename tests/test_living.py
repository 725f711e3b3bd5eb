"""A long life: searches go on through one new index after another, and nothing of the old ones is held."""

import io
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from index.article import Article
from index.backup import backup
from index.generation import newest
from index.indexing import index
from index.reindexing import rebuild
from index.restore import restore
from search import LiveSearcher, SearchRequest
from tests.archives import articles_in, build, quick_folder, write_lines

ARTICLES = 60


def version(number: int) -> list[dict[str, Any]]:
    """Give the articles of a version: each bears its number in title, section and body."""
    return [
        {"id": f"n{n}", "title": f"v{number}", "section": f"v{number}", "body": f"common word{n} v{number}"}
        for n in range(ARTICLES)
    ]


def ask(searcher: LiveSearcher) -> tuple[int, str]:
    """Search, see that the answer is of one version in all its parts, and give generation and version."""
    results = searcher.current().search(SearchRequest(query="common", page_size=100))
    (told,) = {hit.title for hit in results.hits} | {hit.section or "" for hit in results.hits}
    assert results.total == len(results.hits) == ARTICLES
    assert results.facets.section is not None
    assert [(value.value, value.count) for value in results.facets.section.values] == [(told, ARTICLES)]
    assert all(told in snippet.text for hit in results.hits for snippet in hit.snippets)
    assert results.index.articles == ARTICLES
    return results.index.generation, told


@contextmanager
def searches(folder: Path, threads: int) -> Iterator[dict[int, set[str]]]:
    """Search all the time. Gives the versions that were met in each generation; errors come out at the end."""
    met: dict[int, set[str]] = {}
    errors: list[BaseException] = []
    done, live = threading.Event(), LiveSearcher(folder)

    def keep_asking() -> None:
        try:
            while not done.is_set():
                number, told = ask(live)
                met.setdefault(number, set()).add(told)
        except BaseException as error:
            errors.append(error)

    running = [threading.Thread(target=keep_asking) for _ in range(threads)]
    for thread in running:
        thread.start()
    try:
        yield met
    finally:
        done.set()
        for thread in running:
            thread.join()
    assert errors == []


@pytest.mark.parametrize("reindexes", [6, pytest.param(100, marks=pytest.mark.long)])
def test_searches_go_on_through_reindexes(reindexes: int) -> None:
    """No error, and no answer with anything of two generations, in its hits, its counts or its passages."""
    with quick_folder() as top:
        folder, source = top / "index", top / "source.jsonl"
        index(folder, [write_lines(source, *version(0))])
        with searches(folder, 2) as met:
            for number in range(1, reindexes + 1):
                write_lines(source, *version(number))
                index(folder, [str(source)], afresh=True)
                rebuild(folder)
        assert newest(folder) == 2 * reindexes + 1
        assert all(len(told) == 1 for told in met.values())
        assert all(told == {f"v{number // 2}"} for number, told in met.items())
        assert len(met) > 2


@pytest.mark.parametrize("times", [4, pytest.param(60, marks=pytest.mark.long)])
def test_searches_go_on_through_backups_and_restores(times: int) -> None:
    """A backup is put in the place of a later index, again and again, while another thread makes backups of its own."""
    with quick_folder() as top:
        folder, source, done, sizes = top / "index", top / "source.jsonl", threading.Event(), list[int]()
        index(folder, [write_lines(source, *version(0))])

        def keep_backing_up() -> None:
            while not done.is_set():
                copy = io.BytesIO()
                sizes.append(backup(folder, copy).manifest.articles)
                restore(top / f"copy{len(sizes)}", io.BytesIO(copy.getvalue()))
                assert len({article.title for article in articles_in(top / f"copy{len(sizes)}").values()}) == 1

        with searches(folder, 2) as met, ThreadPoolExecutor(1) as pool:
            backing_up = pool.submit(keep_backing_up)
            try:
                for number in range(1, times + 1):
                    write_lines(source, *version(number))
                    index(folder, [str(source)])
                    archive = io.BytesIO()
                    backup(folder, archive)
                    write_lines(source, *version(-number))
                    index(folder, [str(source)])
                    restore(folder, io.BytesIO(archive.getvalue()), replacing=True)
                    assert {article.title for article in articles_in(folder).values()} == {f"v{number}"}
            finally:
                done.set()
            backing_up.result()
        assert set(sizes) == {ARTICLES}
        assert all(len(told) == 1 for told in met.values())
        assert len(met) > 2


def handles() -> int:
    """Count the files that this process has open, and those it has mapped."""
    maps = Path("/proc/self/maps").read_text().splitlines()
    return len([*Path("/proc/self/fd").iterdir()]) + sum(".arrays" in line for line in maps)


def memory() -> int:
    """Return the bytes of memory that this process takes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="what a process holds is read from /proc")
@pytest.mark.parametrize("generations", [40, pytest.param(1_000, marks=pytest.mark.long)])
def test_nothing_is_held_of_generations_that_are_gone(generations: int) -> None:
    """Files and maps of a process that searches are as many after many generations as after a few, and so is memory."""
    with quick_folder() as folder:
        live = LiveSearcher(folder)
        held: list[int] = []
        taken: list[int] = []
        for number in range(generations):
            build(folder, *(Article(f"n{n}", f"common v{number}") for n in range(number % 7, number % 7 + 5)))
            assert live.current().search(SearchRequest(query="common")).index.generation == newest(folder)
            held.append(handles())
            taken.append(memory())
        # Eight segments at most, and the merged one.
        assert max(held[generations // 2 :]) <= max(held[: generations // 2]) + 1
        if generations >= 1_000:
            assert taken[-1] - taken[generations // 4] < 20_000_000, [taken[at] for at in range(0, generations, 50)]

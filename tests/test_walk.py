"""A walk over every hit: the same articles in the same order as page by page."""

import random
import tracemalloc
from pathlib import Path

import pytest

from search import Article, QueryError, Searcher, SearchRequest, open_searcher
from tests.searching import RandomArchive, make_index, random_request


def page_by_page(searcher: Searcher, request: SearchRequest) -> list[str]:
    """Return the ids of all hits by pages."""
    found: list[str] = []
    page = 1
    while hits := searcher.search(
        SearchRequest(
            query=request.query,
            sections=request.sections,
            excluded_sections=request.excluded_sections,
            languages=request.languages,
            from_date=request.from_date,
            to_date=request.to_date,
            order_by=request.order_by,
            match=request.match,
            page=page,
            page_size=7,
        )
    ).hits:
        found += [hit.id for hit in hits]
        page += 1
    return found


@pytest.mark.parametrize("seed", range(4))
def test_a_walk_is_all_pages(tmp_path: Path, seed: int) -> None:
    """Whatever is asked, in every order, over several segments with deleted articles among them."""
    chance = random.Random(seed)
    archive = RandomArchive(tmp_path / "index", chance)
    texts = [f"{article.title} {article.body}" for article in archive.written]
    with open_searcher(archive.folder) as searcher:
        for request in [SearchRequest(order_by=order) for order in ("relevance", "newest", "oldest")] + [
            random_request(chance, texts) for _ in range(40)
        ]:
            try:
                expected = page_by_page(searcher, request)
            except QueryError:
                with pytest.raises(QueryError):
                    searcher.every(request)
                continue
            assert [article.id for article in searcher.every(request)] == expected, request


def test_an_article_comes_as_it_is_stored(searcher: Searcher) -> None:
    """A walk gives whole articles."""
    for article in searcher.every(SearchRequest(query="peace")):
        assert article == searcher.article(article.id)


def test_a_walk_holds_one_article_at_a_time(tmp_path: Path) -> None:
    """The texts of all hits together are never in memory: 400 articles of 20 kB take less than a megabyte."""
    articles = [Article(id=str(n), title="x", body=random.Random(n).randbytes(10_000).hex()) for n in range(400)]
    with open_searcher(make_index(tmp_path / "index", articles)) as searcher:
        sum(1 for _ in searcher.every(SearchRequest(page_size=1)))
        tracemalloc.start()
        try:
            assert sum(len(article.body) for article in searcher.every(SearchRequest())) == 400 * 20_000
            assert tracemalloc.get_traced_memory()[1] < 1_000_000
        finally:
            tracemalloc.stop()

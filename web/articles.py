"""Articles as JSON: the keys of Article, in its order, and the state of the index that they are of."""

from dataclasses import fields
from typing import Any

from search import Article, IndexState, MarkedArticle
from web.envelope import iso, utc
from web.markup import marked

KEYS = tuple(field.name for field in fields(Article))


def article_record(article: Article) -> dict[str, Any]:
    """Return an article as it was taken in, ``id`` first: what ``backfile index`` reads again."""
    record = {name: getattr(article, name) for name in KEYS}
    return {**record, "date": iso(article.date)}


def article_body(article: Article, text: MarkedArticle) -> dict[str, Any]:
    """Return an article with its marked text as HTML: ``<p>`` and ``<mark>`` are the only tags."""
    record = article_record(article)
    # Of a page's own markup the API says nothing: what it calls so is the text, with the query's words marked.
    del record["body_html"]
    return {
        **record,
        "title_html": str(marked(text.title)),
        "body_html": "".join([f"<p>{marked(paragraph)}</p>" for paragraph in text.paragraphs]),
    }


def index_body(state: IndexState) -> dict[str, Any]:
    """Return the state of the index, as every answer tells it."""
    return {"generation": state.generation, "articles": state.articles, "updated": utc(state.updated)}

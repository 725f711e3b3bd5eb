"""schema.org in a page: the objects in its JSON-LD, and the one that is about its article.

An object may stand by itself, in a list, in an ``@graph`` or inside another; a page may hold those of other articles as
well. Nothing here takes what it finds for granted: every value may be of any kind.
"""

import json
from collections import deque
from collections.abc import Iterator
from typing import Any

from index.sources.markup import plain

_MOST = 20_000
"""Objects and lists looked at in a page."""
_OTHERS_WRITTEN = (
    "mentions isRelatedTo relatedLink hasPart itemListElement comment review citation isBasedOn liveBlogUpdate"
    " significantLink video image associatedMedia"
)
_OTHERS = frozenset(_OTHERS_WRITTEN.split())
"""What is told under these names is told of other things."""

Object = dict[str, Any]


def read_objects(scripts: list[str]) -> list[Object]:
    """Return the objects in JSON-LD scripts, those further out first. A script that is no JSON holds none."""
    waiting: deque[Any] = deque(filter(None, map(_loaded, scripts)))
    found: list[Object] = []
    for _ in range(_MOST):
        if not waiting:
            break
        value = waiting.popleft()
        if isinstance(value, list):
            # Members of a list stand no deeper than the list.
            waiting.extendleft(reversed([member for member in value if isinstance(member, list | dict)]))
        elif isinstance(value, dict):
            found.append(value)
            waiting.extend(
                inner for name, inner in value.items() if isinstance(inner, list | dict) and name not in _OTHERS
            )
    return found


def types_of(thing: Object) -> list[str]:
    """Return the types of an object, without the vocabulary they are from."""
    types = thing.get("@type", thing.get("type"))
    return [str(name).rpartition("/")[2].rpartition(":")[2] for name in (types if isinstance(types, list) else [types])]


def article_in(objects: list[Object]) -> Object:
    """Return the object that is about the page's article, an empty one if there is none."""
    articles = [thing for thing in objects if any(_is_article(name) for name in types_of(thing))]
    return next((thing for thing in articles if thing.get("headline")), next(iter(articles), {}))


def text(value: Any) -> str | None:
    """Return a value as one line of plain text: of several the first, of a thing its name."""
    for _ in range(8):
        if isinstance(value, list):
            value = next((member for member in value if member), None)
        elif isinstance(value, dict):
            value = value.get("name") or value.get("@value") or value.get("@id")
        else:
            break
    return plain(value) or None if isinstance(value, str) else None


def texts(value: Any) -> list[str]:
    """Return all of several values as lines of plain text."""
    return [found for member in (value if isinstance(value, list) else [value]) if (found := text(member))]


def breadcrumbs(objects: list[Object]) -> list[str]:
    """Return the names on the way from the front page to this one."""
    for thing in objects:
        if "BreadcrumbList" in types_of(thing) and isinstance(items := thing.get("itemListElement"), list):
            things = [item for item in items if isinstance(item, dict)]
            return [name for item in sorted(things, key=_position) if (name := _crumb(item))]
    return []


def _loaded(script: str) -> Any:
    script = script.strip().removeprefix("<!--").removesuffix("-->").strip()
    script = script.removeprefix("//<![CDATA[").removesuffix("//]]>").strip().rstrip(";")
    try:
        return json.loads(script, strict=False)
    except (ValueError, RecursionError):
        return None


def _is_article(name: str) -> bool:
    return name.endswith(("Article", "BlogPosting")) or name in ("Report", "Review", "Newsarticle")


def _position(item: Object) -> float:
    try:
        return float(item.get("position") or 0)
    except (TypeError, ValueError):
        return 0.0


def _crumb(item: Object) -> str | None:
    inner = item.get("item")
    return text(item.get("name")) or (text(inner.get("name")) if isinstance(inner, dict) else None)


def walk_authors(value: Any) -> Iterator[str]:
    """Yield the names of authors, whichever way they are written."""
    for name in texts(value):
        if not name.startswith(("http://", "https://", "/")):
            yield name

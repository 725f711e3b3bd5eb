"""Article ids in addresses. An id may hold any character that is no control character, slashes and dots included."""

from urllib.parse import quote

from werkzeug.routing import BaseConverter

_DOTS = {".", ".."}


class ArticleId(BaseConverter):
    """The rest of the path, whatever it holds; Werkzeug's ``path`` refuses an id that begins with a slash."""

    part_isolating = False
    regex = ".+"
    weight = 200

    def to_url(self, value: str) -> str:
        """Percent-encode an id."""
        return quoted_id(value)


def quoted_id(identifier: str) -> str:
    """Percent-encode an id.

    Slashes stay readable, unless a browser or a proxy would take ``//``, ``.`` or ``..`` between them for something
    to tidy away; written as ``%2F`` they are left alone.
    """
    if identifier.isalnum() and identifier.isascii():
        return identifier
    parts = identifier.split("/")
    slash_is_safe = not any(part == "" or part in _DOTS for part in parts)
    return quote(identifier, safe="/" if slash_is_safe else "")

"""Wording: articles as a process gets them that makes their words."""

from dataclasses import dataclass, replace

from index.chunks import Block
from index.numbering import Numbered, Numbering


@dataclass(frozen=True, slots=True)
class Wording:
    """What the words of a segment are made of.

    ``texts`` are the title and the body of each article in turn, numbered or not; the rest is as in ``Articles``.
    """

    languages: list[str | None]
    texts: Block | Numbered
    bylines: list[str | None]

    @property
    def size(self) -> int:
        """Its bytes, roughly."""
        return self.texts.size

    def numbered(self, numbering: Numbering) -> "Wording":
        """Return it with its texts numbered."""
        texts = self.texts
        return replace(self, texts=numbering.number(texts, self.languages)) if isinstance(texts, Block) else self

"""The analyzer: one for indexing, querying and highlighting.

text                      language  stems
Armenia’s contacts        en        armenia contact
U.S. and US               en        us and us
to be or not to be        en        to be or not to be
Nagorno-Karabakh          en        nagorno karabakh
C++, R&D for $1,250.50    en        c++ r&d for $ 1,250.50
running ran runs          en        run ran run
l’armée française         fr        l arme franc
Ёлки и чай                ru        елк и ча
Häuser Straßen            de        haus strass
東京都                     ja        東京 京都 都
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from whoosh.analysis import Analyzer
from whoosh.analysis import Token as WhooshToken

from index.stemming import fold, stem
from index.words import words

VERSION = 1
"""Goes up whenever any text gets other stems: an index made by another version has to be built anew."""


class Token(NamedTuple):
    """A word of a text: its stem, its folded spelling, and the characters it stands for."""

    stem: str
    surface: str
    start: int
    end: int


def analyse(text: str, language: str, *, query: bool = False) -> Iterator[Token]:
    """Yield the tokens of a text in order; a token's position is its place in that order."""
    for text_, start, end in words(text, query=query):
        yield Token(stem(text_, language), fold(text_), start, end)


class ArticleAnalyzer(Analyzer):
    """The same as Whoosh wants it: what a stock Whoosh reader of the index analyses its queries with.

    It also takes a tuple of stems, which is how the writer hands over what it has analysed in the article's language.
    Its only state is a language tag, so it pickles with the schema, which a stemmer would not.
    """

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(
        self,
        value: str | tuple[str, ...],
        positions: bool = False,
        chars: bool = False,
        mode: str = "",
        **_: Any,
    ) -> Iterator[WhooshToken]:
        """Yield the tokens of a text, or of stems already found."""
        token = WhooshToken(positions, chars, mode=mode)
        token.boost = 1.0
        token.stopped = False
        if isinstance(value, tuple):
            for token.pos, stem_ in enumerate(value):
                token.text = token.original = stem_
                yield token
            return
        for token.pos, found in enumerate(analyse(value, self.language, query=mode == "query")):
            token.text = found.stem
            token.original = value[found.start : found.end]
            token.startchar, token.endchar = found.start, found.end
            yield token

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ArticleAnalyzer) and other.language == self.language

    def __hash__(self) -> int:
        return hash(self.language)

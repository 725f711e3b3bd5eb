"""Words: where the words of a text begin and end, and how they are spelt once spelling is made one.

A text is cut at white space into chunks, and a chunk into words by one pattern, so that what a chunk holds depends on
nothing around it: it is worked out once for each distinct chunk and looked up after that. Spelling is NFKC, lower
case, straight apostrophes, without soft hyphens and other invisible characters. The rules, in the pattern's order:

    U.S.  U.S.A               acronyms lose their points: us, usa
    R&D  AT&T  C++  A+  C#    symbols that carry meaning stay with their letters
    1,250  3.5  1.5bn         a number keeps its separators
    東京都                     scripts without spaces become overlapping pairs: 東京, 京都, and a last single 都
    Nagorno-Karabakh          a hyphen parts words; so does everything else that is neither letter, mark nor digit
    Armenia’s  l’armée        a possessive 's goes; an elided article or pronoun is a word of its own
    $  €  %  §                are words

The single last character lets a query of one character be a prefix: every character then begins some word.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import regex

MAX_WORD = 100
"""Characters kept of a word. Longer ones are encoded data, which nobody searches for by its hundredth character."""

_CACHED_CHUNK = 40
"""Longer chunks are text without spaces or encoded data, which seldom repeat and would push out what does."""

_CACHED_COUNTS = 1 << 14

_AROUND = "\"'(),-./:;<>[]!?*"
"""What at the edge of a chunk is no part of a word, but for the point of an acronym, which needs one inside as well."""

_PILE = regex.compile(r"(\p{M}{32})\p{M}+")
"""More marks on one letter than any language writes. Putting them in order takes time by the square of their number:
100,000, in an article of 200 kB, took 25 seconds."""

_VARIATIONS = "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
_INVISIBLE = "\u00ad\u034f\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff" + _VARIATIONS
_BEFORE = str.maketrans("’‘‛ʼ´\u1ffd`′™℠®©", "'" * 8 + " " * 4)
_AFTER = str.maketrans("ς", "σ", _INVISIBLE)

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\u30fc\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_W = rf"[[\p{{L}}\p{{N}}\p{{M}}]--[{_UNSPACED}]]"
_L = rf"[\p{{L}}--[{_UNSPACED}]]"
_WORD = regex.compile(
    rf"""
      (?P<acronym>  (?<![{_W}.]) {_L}\p{{M}}* (?: \. {_L}\p{{M}}* )+ (?! \.? {_W}) )
    | (?P<whole>    (?<!{_W}) {_L}{{1,3}} & {_L}{{1,3}} (?!{_W})
                  | (?<!{_W}) {_L}+ \+{{1,2}} (?![{_W}+])
                  | (?<!{_W}) {_L} \# (?!{_W})
                  | (?<!{_W}) \p{{Nd}}+ (?: [.,] \p{{Nd}}+ )+ {_W}* )
    | (?P<unspaced> [{_UNSPACED}]+ )
    | (?P<word>     (?!\p{{M}}) {_W}+ (?: ' {_W}+ )* )
    | (?P<symbol>   [\p{{Sc}}%§] )
    """,
    regex.VERBOSE | regex.V1,
)
_ELIDED = regex.compile(
    r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu|quelqu|all|dall|dell|nell|sull|un|quest)'(?=\p{L}{2})"
)
_CLUSTER = regex.compile(r"\X(?:[\u1100-\u11ff\u3131-\u318e\u3260-\u327e\uffa0-\uffdc]\p{M}*)*", regex.DOTALL)
"""Grapheme clusters, which normalisation joins in one case only: letters of Hangul that stand for themselves."""


class Word(NamedTuple):
    """A word as spelt in every text (NFKC, lower case), and the characters of the text that it stands for."""

    text: str
    start: int
    end: int


def words(text: str, *, query: bool = False) -> Iterator[Word]:
    """Yield the words of a text in order. In a query the single character that ends an unspaced run is left out."""
    for match in _CHUNK.finditer(text):
        start = match.start()
        for word in chunk_words(match.group(), query):
            yield Word(word.text, start + word.start, start + word.end)


_CHUNK = regex.compile(r"\S+")


def chunk_words(chunk: str, query: bool = False) -> tuple[Word, ...]:
    """Return the words of a chunk, a text without white space, with places relative to it."""
    return _chunk_words_kept(chunk, query) if len(chunk) <= _CACHED_CHUNK else _chunk_words(chunk, query)


def spellings(chunk: str) -> Sequence[str]:
    """Return the texts of a chunk's words: the same as ``chunk_words``, sooner for most, and nothing is remembered."""
    text = chunk
    if not chunk.isascii():
        if len(chunk) <= MAX_WORD and _LETTERS.fullmatch(chunk):
            return (chunk.lower(),)
        text = chunk.translate(_TYPOGRAPHY)
    if text.isascii() and len(chunk) <= MAX_WORD:
        if text.isalnum():
            return (text.lower(),)
        text = text.lower()
        if not _SPECIAL.search(text):
            return text.translate(_PARTING).split()
        if match := _FREQUENT.fullmatch(text):
            return (match[1] or text,)
        found: list[str] = []
        for piece in _PIECE.findall(text):
            core = piece.strip(",'").rstrip(".,'")
            if core.isalnum() or _NUMBER.fullmatch(core):
                found.append(core)
            elif match := _ONE_APOSTROPHE.fullmatch(core):
                found.append(match[1] or core)
            else:
                found += [word.text for word in _chunk_words(piece, False)]
        return found
    return [word.text for word in _chunk_words(chunk, False)]


_LETTERS = re.compile("[A-Za-zÀ-ÖØ-öø-įıĴ-ľŁ-ňŊ-žЀ-џ]+")
"""Letters of Latin and Cyrillic that normalisation leaves alone: a word of nothing else takes a third of the time."""
_TYPOGRAPHY = str.maketrans({**dict.fromkeys("“”„«»–—•", " "), "…": "...", "’": "'", "‘": "'"})
"""What news in ASCII's letters is set with, as what it is to the rules: a gap, or signs of ASCII."""
_SPECIAL = re.compile(r"[.,'`&+#$%]")
"""What can be more than the end of a word, of ASCII."""
_PARTING = str.maketrans(dict.fromkeys((sign for sign in map(chr, range(128)) if not sign.isalnum()), " "))
_PIECE = re.compile(r"[a-z0-9.,'`&+#$%]+")
"""No rule looks over what stands between these."""
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)+[a-z0-9]*")
_FREQUENT = re.compile(rf"([a-z0-9]+)'s|{_NUMBER.pattern}")
"""Three of four chunks with such a sign are a possessive or a number."""
_ONE_APOSTROPHE = re.compile(r"([a-z0-9]+)'s|[a-z0-9]+'[a-z0-9]|(?:can|didn|don|doesn|they|we|you|i|he|she)'[a-z]{2}")
"""Possessives, and what cannot be elided: one letter behind, or English before."""


def _chunk_words(chunk: str, query: bool) -> tuple[Word, ...]:
    spelling, starts, ends = _aligned(_without_piles(chunk))
    found: list[Word] = []
    for match in _WORD.finditer(spelling):
        for text, start, end in _parts(match, query):
            found.append(Word(text[:MAX_WORD], starts[start] if starts else start, ends[end - 1] if ends else end))
    return tuple(found)


class _Counts(dict[str, int]):
    """Chunk -> how many words it holds. One that is missing is counted and, unless it is long, kept."""

    def __missing__(self, chunk: str) -> int:
        core = chunk.strip(_AROUND)
        plain = core.isalnum() if core.isascii() else _LETTERS.fullmatch(core)
        count = 1 if plain else len(spellings(chunk))
        if len(chunk) <= _CACHED_CHUNK:
            if len(self) >= _CACHED_COUNTS:
                self.clear()
            self[chunk] = count
        return count


_counts = _Counts()


def word_counts(chunks: Iterable[str]) -> "map[int]":
    """Return how many words each of some chunks holds, quicker than by ``chunk_words``."""
    return map(_counts.__getitem__, chunks)


_chunk_words_kept = lru_cache(maxsize=1 << 12)(_chunk_words)


def _parts(match: regex.Match[str], query: bool) -> Iterator[tuple[str, int, int]]:
    """Yield the words of one match, with their places in the spelling."""
    text, start, end = match.group(), match.start(), match.end()
    if match.lastgroup == "acronym":
        yield text.replace(".", ""), start, end
    elif match.lastgroup == "unspaced":
        for i in range(len(text) - 1):
            yield text[i : i + 2], start + i, start + i + 2
        if len(text) == 1 or not query:
            yield text[-1], end - 1, end
    elif match.lastgroup == "word" and "'" in text:
        while elided := _ELIDED.match(text):
            yield text[: elided.end() - 1], start, start + elided.end() - 1
            start += elided.end()
            text = text[elided.end() :]
        while text.endswith("'s"):
            text, end = text[:-2], end - 2
        yield text, start, end
    else:
        yield text, start, end


def spell(text: str) -> str:
    """Make spelling one: NFKC, lower case, straight apostrophes, nothing invisible."""
    # Signs are replaced before NFKC spells them out (™ as TM), apostrophes also after it has made some (U+1FEF).
    text = unicodedata.normalize("NFKC", _without_piles(text).translate(_BEFORE)).translate(_BEFORE).lower()
    # Lower case can leave a letter and its mark apart.
    return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_AFTER)


def _aligned(chunk: str) -> tuple[str, list[int], list[int]]:
    """Spell a chunk, with the first and last character of it that each character of the spelling comes from.

    Both lists are empty where nothing has moved. Spelling goes by clusters that normalisation does not join, so that
    the pieces put together are the whole's own spelling.
    """
    if chunk.isascii():
        return chunk.lower().replace("`", "'"), [], []
    spelling = spell(chunk)
    # İ is the one letter that lower case makes longer; next to a letter that goes, the length would tell nothing.
    if len(spelling) == len(chunk) and "İ" not in chunk and unicodedata.is_normalized("NFKC", chunk.translate(_BEFORE)):
        return spelling, [], []
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for cluster in _CLUSTER.finditer(chunk):
        piece = spell(cluster.group())
        pieces.append(piece)
        starts += [cluster.start()] * len(piece)
        ends += [cluster.end()] * len(piece)
    return "".join(pieces), starts, ends


def _without_piles(text: str) -> str:
    """Put blanks in the place of marks beyond the 32nd of a letter."""
    return _PILE.sub(lambda pile: pile[1] + " " * (len(pile[0]) - 32), text) if len(text) > 32 else text


def is_unspaced(text: str) -> bool:
    """Whether a text is of a script that does not part its words by spaces."""
    return _ALL_UNSPACED.fullmatch(text) is not None


_ALL_UNSPACED = regex.compile(rf"[{_UNSPACED}]+")

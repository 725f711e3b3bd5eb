"""The language of an article that does not say: by its script, then by its most frequent words and its own letters.

Only languages that can be told apart this way are told; anything else is left to the archive.
"""

import re
import unicodedata
from collections import Counter
from itertools import compress, count, repeat
from operator import not_

import numpy as np
import numpy.typing as npt
import regex

from index.arrays import ranges
from index.chunks import Block, Chunks, Found, block_of

I64 = npt.NDArray[np.int64]

_SAMPLE = 1500
"""Characters, or bytes of words, looked at: enough for a language's own words to be frequent."""

_NON_LATIN = regex.compile(
    r"(?P<ru>\p{Cyrillic})|(?P<ar>\p{Arabic})|(?P<el>\p{Greek})|(?P<ja>[\p{Hiragana}\p{Katakana}])|(?P<zh>\p{Han})"
    r"|(?P<ko>\p{Hangul})|(?P<hy>\p{Armenian})|(?P<hi>\p{Devanagari})|(?P<ta>\p{Tamil})|(?P<he>\p{Hebrew})"
    r"|(?P<th>\p{Thai})|(?P<am>\p{Ethiopic})|(?P<ka>\p{Georgian})"
)
_LATIN = regex.compile(r"\p{Latin}")
_OTHER_CYRILLIC = (
    ("uk", regex.compile(r"[іїєґ]")),
    ("be", regex.compile(r"ў")),
    ("sr", regex.compile(r"[ђћџљњј]")),
    ("fa", regex.compile(r"[پچژگ]")),
)

_FREQUENT = {
    "en": "the and of to in that is for was with on are said have has from by it",
    "de": "der die das und ist nicht mit den von auf für ein eine dem im sich auch werden des zu",
    "fr": "le la les de des et est une dans pour que qui pas sur du au par avec cette sont il ce",
    "es": "el la los las de que y en una por con del se para su como más al está lo",
    "it": "il la che di è per non una con del della sono gli anche più nel alla ha le",
    "pt": "o que de não uma para com os em do da por mais na no como foi ao dos",
    "nl": "de het een van en is niet dat op te zijn met voor aan er door ook",
    "sv": "och att det som en är på för av med inte den till har ett om",
    "da": "og at det er en på af for med ikke den til der har som et",
    "no": "og at det er en på av for med ikke den til som har et i",
    "is": "og að er sem um ekki það við með fyrir hann var en til hún af",
    "fi": "ja on ei että oli se hän myös mutta kun ovat joka sekä",
    "pl": "nie na się że jest przez jak po od dla są oraz który które przy także został będzie roku jego jej był ma",
    "cs": "se na je že to do za jsou ale podle také pro při po jako který už když",
    "ro": "și în de la cu nu pe este că din mai care pentru o au",
    "hu": "a az és hogy nem is egy volt van meg csak már vagy mint",
    "tr": "ve bir bu için de da ile olarak olan daha çok gibi en",
    "id": "yang dan di dengan untuk dari pada ini itu tidak dalam akan oleh",
}
_OWN_LETTERS = {"pl": "ąęłńśźż", "cs": "ěřů", "hu": "őű", "ro": "țţă", "tr": "ğı", "is": "ðþ"}
"""Letters that hardly another language here has. They are what tells short items in languages of many endings and few
small words: of 600 Polish ones, of 300 characters most, 265 were told by words alone."""

_LANGUAGES = sorted(_FREQUENT)
_NAMES = np.array([*_LANGUAGES, None], dtype=np.object_)
_SIGNS = {
    sign: number
    for number, sign in enumerate(
        sorted(
            # Single letters are initials and list marks in every language.
            {word for words in _FREQUENT.values() for word in words.split() if len(word) > 1}
            | {letter for letters in _OWN_LETTERS.values() for letter in letters}
        ),
        start=1,
    )
}
"""Word or letter -> number, from 1."""
_ASCII_SIGNS = {sign.encode(): number for sign, number in _SIGNS.items() if sign.isascii()}
_LONGEST = max(map(len, _SIGNS))
_PUNCTUATION = "\u2019".encode()[:2]
"""What the signs from U+2000 to U+203F begin with. No word or letter above has one."""
_WIDTH = len(_SIGNS) + 1
_OF_LANGUAGE = [{*_FREQUENT[name].split(), *_OWN_LETTERS.get(name, "")} for name in _LANGUAGES]
_SPEAKERS = [[number for number, signs in enumerate(_OF_LANGUAGE) if sign in signs] for sign in _SIGNS]
_SPOKEN = np.array([0, *map(len, _SPEAKERS)], dtype=np.int64)
_FIRST_SPEAKER = np.cumsum(_SPOKEN) - _SPOKEN
_SPEAKER = np.concatenate(_SPEAKERS)
"""The languages of all signs, one sign's behind the other's; each sign has ``_SPOKEN`` of them."""
_OWN_LETTER = re.compile(f"[{''.join(_OWN_LETTERS.values())}]")


class Detector:
    """Tells the language of texts whose chunks have been numbered, many at a time.

    One by one, and by dictionaries, telling Reuters' 21,577 took 1.0 s, by a number for each sign and text 0.08 s, by
    those that stand there 0.04 s.
    """

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks
        self._sign_of_chunk = np.zeros(0, dtype=np.uint16)

    def tell(self, block: Block, found: Found, start: I64, end: I64) -> list[str | None]:
        """Return the language of texts, a BCP 47 tag each, or None where neither script nor words are clear.

        They stand in ``block`` at the bytes ``start`` to ``end`` (int64 (n,)), its chunks are ``found``.
        """
        first = found.end.searchsorted(start)
        # Whole words only: what the sample ends in may be half of one.
        last = found.end.searchsorted(np.minimum(end, start + _SAMPLE), side="right")
        size = last - first
        # Short texts are looked at whole, one behind the other: their places need not be written out, which is 1.5% of
        # indexing them.
        in_a_row = len(start) > 0 and bool(np.array_equal(first[1:], last[:-1]))
        numbers = found.numbers[first[0] : last[-1]] if in_a_row else found.numbers.take(ranges(first, size))
        signs = self._signs().take(numbers)
        stood = np.flatnonzero(signs)
        keys = [np.repeat(np.arange(len(start)), size)[stood] * _WIDTH + signs[stood]]
        scripts: dict[int, str] = {}
        for text in _with_letters(block.data, start, end):
            # A character has four bytes at most.
            begin = int(start[text])
            sample = block.data[begin : min(int(end[text]), begin + 4 * _SAMPLE)].decode("utf-8", "ignore")[:_SAMPLE]
            if script := _by_script(sample):
                scripts[text] = script
            elif letters := _OWN_LETTER.findall(unicodedata.normalize("NFC", sample).lower()):
                keys.append(text * _WIDTH + np.array(list(map(_SIGNS.__getitem__, letters))))
        votes, variety = _votes(np.concatenate(keys), len(start))
        # Three different signs and a twelfth of the text: below that, tables and lists of names were taken for
        # languages.
        able = (variety >= 3) & (votes * 12 >= size[:, np.newaxis])
        best = np.where(able, votes * 1000 + variety, 0)
        told: list[str | None] = _NAMES[np.where(able.any(axis=1), best.argmax(axis=1), -1)].tolist()
        for text, script in scripts.items():
            told[text] = script
        return told

    def _signs(self) -> npt.NDArray[np.uint16]:
        """Return the sign that each chunk is, 0 for none."""
        new = self._chunks.texts.since(len(self._sign_of_chunk))
        if new:
            signs = np.fromiter(map(_ASCII_SIGNS.get, new, repeat(0)), dtype=np.uint16, count=len(new))
            for at in compress(count(), map(not_, map(bytes.isascii, new))):
                # Curly quotes and dashes are what is not ASCII in most chunks of news.
                if _PUNCTUATION not in new[at]:
                    signs[at] = _sign(new[at])
            self._sign_of_chunk = np.concatenate([self._sign_of_chunk, signs])
        return self._sign_of_chunk


def detect(text: str) -> str | None:
    """Return the language tag of one text, or None where neither script nor words are clear."""
    chunks, block = Chunks(), block_of([text])
    return Detector(chunks).tell(block, chunks.numbers(block.data), block.start, block.end)[0]


def _votes(keys: I64, texts: int) -> tuple[I64, I64]:
    """Return how often signs of each language stand in each text, and how many different ones: int64 (texts, n).

    Of each sign that stands in a text there is the key text * _WIDTH + sign.
    """
    keys, times = np.unique(keys, return_counts=True)
    text, sign = np.divmod(keys, _WIDTH)
    spoken = _SPOKEN[sign]
    cells = np.repeat(text * len(_LANGUAGES), spoken) + _SPEAKER[ranges(_FIRST_SPEAKER[sign], spoken)]
    shape = texts, len(_LANGUAGES)
    votes = np.bincount(cells, weights=np.repeat(times, spoken), minlength=shape[0] * shape[1])
    variety = np.bincount(cells, minlength=shape[0] * shape[1])
    return votes.astype(np.int64).reshape(shape), variety.reshape(shape)


def _with_letters(data: bytes, start: I64, end: I64) -> list[int]:
    """Return which of some texts, in UTF-8, may have letters that are not ASCII's."""
    if data.isascii():
        return []
    codes = np.frombuffer(data, dtype=np.uint8)
    # What begins a character from U+00C0 on. U+2000 to U+2BFF are signs: a fifth of all news has curly quotes.
    letters = np.flatnonzero(codes >= 0xC3)
    letters = letters[(codes[letters] != 0xE2) | (codes[letters + 1] >= 0xB0)]
    found: list[int] = np.flatnonzero(letters.searchsorted(start) < letters.searchsorted(end)).tolist()
    return found


def _sign(chunk: bytes) -> int:
    text = chunk.decode("utf-8", "surrogatepass")
    return _SIGNS.get(unicodedata.normalize("NFC", text).lower(), 0) if len(text) <= 2 * _LONGEST else 0


def _by_script(sample: str) -> str | None:
    """Return the language that a script stands for, where most of the letters are of one that is not Latin."""
    if not _BEYOND_LATIN.search(sample):
        return None
    sample = unicodedata.normalize("NFC", sample).lower()
    counts = Counter([str(match.lastgroup) for match in _NON_LATIN.finditer(sample)])
    if counts.total() * 2 <= len(_LATIN.findall(sample)) + counts.total():
        return None
    script = max(counts, key=counts.__getitem__)
    if script == "zh" and counts["ja"]:
        return "ja"
    for language, letters in _OTHER_CYRILLIC:
        if script == ("ar" if language == "fa" else "ru") and len(letters.findall(sample)) * 100 > len(sample):
            return language
    return script


_BEYOND_LATIN = re.compile("[\u0370-\u1dff\u1f00-\u1fff\u2c80-\U0010ffff]")
"""Every script told here is among these, curly quotes are not: this finds out at a tenth of what counting costs."""

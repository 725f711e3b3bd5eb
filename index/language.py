"""The language of an article that does not say: by its script, then by its most frequent words and its own letters.

Only languages that can be told apart this way are told; anything else is left to the archive.
"""

import unicodedata
from collections import Counter

import regex

_SAMPLE = 1500
"""Characters looked at: enough for a language's own words to be frequent, little beside reading the article."""

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

_SPEAKERS: dict[str, list[str]] = {}
for _language, _line in _FREQUENT.items():
    for _word in _line.split():
        if len(_word) > 1:  # single letters are initials and list marks in every language
            _SPEAKERS.setdefault(_word, []).append(_language)
for _language, _line in _OWN_LETTERS.items():
    _SPEAKERS.update({_letter: [_language] for _letter in _line})
_OWN_LETTER = regex.compile(f"[{''.join(_OWN_LETTERS.values())}]")


def detect(text: str) -> str | None:
    """Return the language tag of a text, or None where neither script nor words are clear."""
    sample = unicodedata.normalize("NFC", text[:_SAMPLE]).lower()
    if not sample.isascii():
        counts: dict[str, int] = {}
        for match in _NON_LATIN.finditer(sample):
            counts[str(match.lastgroup)] = counts.get(str(match.lastgroup), 0) + 1
        if sum(counts.values()) * 2 > len(_LATIN.findall(sample)) + sum(counts.values()):
            script = max(counts, key=counts.__getitem__)
            if script == "zh" and counts.get("ja"):
                return "ja"
            for language, letters in _OTHER_CYRILLIC:
                if script == ("ar" if language == "fa" else "ru") and len(letters.findall(sample)) * 100 > len(sample):
                    return language
            return script
    spoken = sample.split()
    signs = Counter(spoken if sample.isascii() else spoken + _OWN_LETTER.findall(sample))
    votes: dict[str, int] = {}
    variety: dict[str, int] = {}
    for sign in signs.keys() & _SPEAKERS.keys():
        for language in _SPEAKERS[sign]:
            votes[language] = votes.get(language, 0) + signs[sign]
            variety[language] = variety.get(language, 0) + 1
    # Three different signs and a twelfth of the text: below that, tables and lists of names were taken for languages.
    able = [language for language in votes if variety[language] >= 3 and votes[language] * 12 >= len(spoken)]
    return max(able, key=lambda language: (votes[language], variety[language], language), default=None)

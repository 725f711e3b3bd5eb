"""Term groups: the stems that a word of the query stands for in this generation.

A word is analysed in every language the generation holds, and looked up in the vocabulary as it would be typed
without accents; a prefix and a word with typos lead through the vocabulary to stems. A stem counts in articles of the
languages that make it of the word, and in no others: by the rules of Polish *they* has the stem *the*, and must not
find every *the* in English. A group counts as one word.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist
from whoosh.query import FuzzyTerm, Prefix

from index.settings import MAX_EXPANSIONS
from index.stemming import EVERY_LANGUAGE, fold, stem, stem_by


@dataclass(frozen=True, slots=True)
class TermGroup:
    """The stems of a leaf, each with the languages it counts in, and if there were more words than are searched for.

    Sets of languages are bits (``stemming.bit``).
    """

    stems: dict[str, int]
    cut: bool = False


class Vocabulary(Protocol):
    """What a collection knows of words."""

    @property
    def stemmed_languages(self) -> tuple[tuple[str, int], ...]:
        """The languages that a word is analysed in, as ``primary`` names them, and the bit of each."""

    def stems(self, surface: str) -> dict[str, int]:
        """Return the stems that a word was indexed under, and in articles of which languages."""

    def frequency(self, surface: str) -> int:
        """Return how often a word was indexed."""

    def surfaces_from(self, prefix: str) -> list[str]:
        """Return the words that begin so, ascending."""

    def surfaces_like(self, word: str, distance: int) -> list[str]:
        """Return words, ascending, among which are all that are so few typos away."""


def term_group(leaf: Any, collection: Vocabulary) -> TermGroup:
    """Return the group of a Term, Prefix or FuzzyTerm on text, title, body or byline."""
    if leaf.fieldname == "byline":
        return TermGroup({stem(leaf.text, "und"): EVERY_LANGUAGE})
    if isinstance(leaf, Prefix):
        return _of_surfaces(collection.surfaces_from(leaf.text), collection)
    if isinstance(leaf, FuzzyTerm):
        return _of_surfaces(within(leaf.text, leaf.maxdist, collection), collection)
    stems = collection.stems(fold(leaf.text))
    for language, bit in collection.stemmed_languages:
        stem_ = stem_by(leaf.text, language)
        stems[stem_] = stems.get(stem_, 0) | bit
    return TermGroup(stems)


def within(word: str, distance: int, collection: Vocabulary) -> list[str]:
    """Return the surfaces at most ``distance`` typos away: a letter more, less, another, or two swapped."""
    surfaces = collection.surfaces_like(word, distance)
    if not surfaces:
        return []
    typos = cdist([word], surfaces, scorer=OSA.distance, score_cutoff=distance, dtype=np.uint8)[0]
    return [surfaces[number] for number in (typos <= distance).nonzero()[0].tolist()]


def _of_surfaces(surfaces: list[str], collection: Vocabulary) -> TermGroup:
    """Gather the stems of surfaces; of too many the most frequent ones are taken, ties by code point."""
    most = MAX_EXPANSIONS.value()
    cut = len(surfaces) > most
    if cut:
        surfaces = sorted(surfaces, key=lambda surface: (-collection.frequency(surface), surface))[:most]
    stems: dict[str, int] = {}
    for surface in surfaces:
        for stem_, languages in collection.stems(surface).items():
            stems[stem_] = stems.get(stem_, 0) | languages
    return TermGroup(stems, cut)

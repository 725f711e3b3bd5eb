"""A generation as a search sees it: its segments, and what is said of all of them together."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from operator import neg
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from whoosh.query import Prefix, Term

from index.arrays import narrow
from index.article import Article
from index.generation import Generation
from index.quantise import CODE_BODY, CODE_LENGTH, CODE_TITLE, LENGTHS
from index.schema import UNDATED, section_key
from index.segment import Segment
from index.settings import MAX_EXPANSIONS
from index.stemming import bit, primary
from index.strings import letters
from search.forms import Forms
from search.kept import KEPT_BYTES, KEPT_BYTES_PER_ARTICLE, Kept
from search.places import Places
from search.postings import BYTES_PER_WORD, Docs, Postings, Reading, Scores, living, postings_of
from search.ranking import saturation, telling
from search.terms import term_group

Flags = npt.NDArray[np.bool_]


MANY_WORDS = 8
"""Words and prefixes that are kept at least, however frequent: what takes a larger share is not."""


class Found(NamedTuple):
    """Where a leaf occurs: postings by segment, how many live documents hold it, and how telling that makes it."""

    parts: Sequence[Postings]
    frequency: int
    weight: float


@dataclass(frozen=True, slots=True)
class FoundTerms:
    """What a word of the query is read as in each segment, and whether it stands for more than is searched for.

    ``found`` is where it occurs. None for what would take so much memory that each request gathers it anew.
    """

    readings: list[Reading]
    cut: bool
    found: Found | None


class Collection:
    """The segments of a generation; a document is a segment's number and its own within it.

    ``count`` is how many documents are live; ``section_keys`` and ``section_names`` name the sections of live
    documents, ``language_tags`` their languages.
    """

    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        self.segments = generation.segments
        self.count = sum(segment.count for segment in self.segments)
        self.title_weight = generation.manifest.settings.title_weight
        self._everything = [np.flatnonzero(segment.live).astype(segment.terms.docs.dtype) for segment in self.segments]
        self._dated = [
            len(segment.stamps) - int(segment.stamps[::-1].searchsorted(UNDATED, side="right"))
            for segment in self.segments
        ]
        self.kept = Kept(max(KEPT_BYTES, KEPT_BYTES_PER_ARTICLE * self.count))
        self.places = tuple(Places(segment, self.kept) for segment in self.segments)
        self._name_sections()
        self._name_languages()

    def _name_sections(self) -> None:
        spellings: dict[str, Counter[str]] = {}
        for segment, docs in zip(self.segments, self._everything, strict=True):
            counts = np.bincount(segment.section[docs], minlength=len(segment.section_names)).tolist()
            for name, count in zip(segment.section_names, counts, strict=False):
                if count:
                    spellings.setdefault(section_key(name), Counter())[name] += count
        self.section_keys = sorted(spellings)
        # A section goes by the name most of its articles give it.
        self.section_names = [min(spellings[key], key=lambda n: (-spellings[key][n], n)) for key in self.section_keys]
        by_name = sorted(range(len(self.section_names)), key=self.section_names.__getitem__)
        self.sections_by_name = np.array(by_name, dtype=np.int64)
        numbers = {key: number for number, key in enumerate(self.section_keys)}
        last = len(numbers)
        # The section of each document by the collection's number; the last one is that of none.
        self._sections = []
        for segment in self.segments:
            here = np.array([*(numbers.get(section_key(name), last) for name in segment.section_names), last])
            self._sections.append(narrow(here).take(segment.section))

    def _name_languages(self) -> None:
        spoken = set()
        for segment, docs in zip(self.segments, self._everything, strict=True):
            spoken |= {segment.language_tags[number] for number in np.unique(segment.language[docs]).tolist()}
        self.language_tags = sorted(spoken)

    @cached_property
    def stemmed_languages(self) -> tuple[tuple[str, int], ...]:
        """The languages whose stems occur, as ``primary`` names them, and the bit of each.

        A query's words are analysed in all of them.
        """
        return tuple((language, bit(language)) for language in sorted({*map(primary, self.language_tags)} or {"en"}))

    @cached_property
    def _means(self) -> dict[str, float]:
        totals = {"text": 0.0, "title": 0.0, "body": 0.0}
        for segment, docs in zip(self.segments, self._everything, strict=True):
            for field in totals:
                totals[field] += float(segment.lengths(field)[docs].sum())
        return {field: total / max(self.count, 1) for field, total in totals.items()}

    def mean_length(self, field: str) -> float:
        """Return the mean length of live documents: of ``title`` or ``body``, or of ``text`` as ranked by."""
        return self._means[field]

    @cached_property
    def table(self) -> npt.NDArray[np.float64]:
        """Score of a word in title and body for each code, weight and boost left out; float64 (65536,)."""
        times = self.title_weight * CODE_TITLE + CODE_BODY
        return saturation(times, CODE_LENGTH, self.mean_length("text"))

    def lengths(self, field: str, number: int, docs: Docs) -> npt.NDArray[np.float64]:
        """Return the lengths of documents of a segment that a field is ranked by."""
        segment = self.segments[number]
        if field == "text":
            return LENGTHS[segment.length_codes[docs]]
        return (segment.title_words if field == "title" else segment.body_words)[docs].astype(np.float64)

    def everything(self, number: int) -> Docs:
        """Return the live documents of a segment."""
        return self._everything[number]

    def dated(self, number: int) -> int:
        """Return how many documents of a segment have a date: they come first."""
        return self._dated[number]

    def since(self, number: int, stamps: Any) -> Any:
        """Return how many of a segment's documents are of a stamp or newer; of several stamps int64 (n,)."""
        here = self.segments[number].stamps
        return len(here) - here[::-1].searchsorted(stamps, side="left")

    def between(self, number: int, start: int | None, end: int | None) -> tuple[int, int]:
        """Return the range of a segment's documents whose stamps are from ``start`` on and before ``end``."""
        newest = self.segments[number].stamps.data
        # By hand: an array that descends is copied whole before NumPy looks anything up in it.
        first = 0 if end is None else bisect_right(newest, -end, key=neg)
        last = self.dated(number) if start is None else bisect_right(newest, -start, key=neg)
        return first, max(first, last)

    def at_stamp(self, number: int, when: int) -> tuple[int, int]:
        """Return the range of a segment's documents that have a stamp."""
        ascending = self.segments[number].stamps[::-1]
        size = len(ascending)
        return size - int(ascending.searchsorted(when, "right")), size - int(ascending.searchsorted(when, "left"))

    def behind(self, number: int, when: int, identifier: str) -> int:
        """Return the first of a segment's documents that comes after an article in the order newest first, by id."""
        low, high = self.at_stamp(number, when)
        segment = self.segments[number]
        while low < high:
            middle = (low + high) // 2
            if segment.id_of(middle) <= identifier:
                low = middle + 1
            else:
                high = middle
        return low

    def section_counts(self, number: int, docs: Docs) -> npt.NDArray[np.int64]:
        """Count documents by section: int64 (sections + 1,), by ``section_keys``, and last those of none."""
        return np.bincount(self._sections[number].take(docs), minlength=len(self.section_keys) + 1)

    def in_sections(self, keys: Set[str], excluded: Set[str], number: int, docs: Docs) -> Flags:
        """Say of each document whether its section is one of some, all if there are none, and not of the excluded."""
        asked = ("sections", frozenset(keys), frozenset(excluded))
        held: Flags | None = self.kept.get(asked)
        if held is None:
            named = [(not keys or key in keys) and key not in excluded for key in self.section_keys]
            held = np.array([*named, not keys], dtype=np.bool_)
            self.kept.keep(asked, held, held.nbytes + BYTES_PER_WORD)
        return held.take(self._sections[number].take(docs))

    def in_languages(self, tags: Sequence[str], number: int, docs: Docs) -> Flags:
        """Say of each document whether its language is in one of some ranges."""
        segment = self.segments[number]
        held = np.array([any(in_range(known, tag) for tag in tags) for known in segment.language_tags], dtype=np.bool_)
        return held.take(segment.language.take(docs))

    def document(self, identifier: str) -> tuple[int, int] | None:
        """Return the live document with an id, as the numbers of its segment and its own."""
        for number, segment in enumerate(self.segments):
            doc = segment.document(identifier)
            if doc is not None:
                return number, doc
        return None

    def article(self, number: int, doc: int) -> Article:
        """Return the article stored for a document."""
        return self.segments[number].article(doc)

    def language(self, number: int, doc: int) -> str:
        """Return the language a document was analysed in."""
        segment = self.segments[number]
        return segment.language_tags[int(segment.language[doc])]

    def _readings(self, leaf: Any) -> tuple[list[Reading], bool]:
        """Return what a word, prefix or typo is read as in each segment, and whether it stands for more."""
        if type(leaf) is Prefix and len(self.segments) == 1:
            # One vocabulary says it all, without a look at single words: 0.1 ms where a word at a time took 1.
            segment = self.segments[0]
            terms, languages, cut = segment.terms_from(leaf.text, MAX_EXPANSIONS.value())
            return [Reading(terms.tolist(), segment.narrowed(terms, languages))], cut
        group = term_group(leaf, self)
        return [self._reading(segment, leaf.fieldname, group.stems) for segment in self.segments], group.cut

    def _reading(self, segment: Segment, field: str, stems: dict[str, int]) -> Reading:
        find = segment.terms_of(field).find
        found = sorted((number, languages) for stem, languages in stems.items() if (number := find(stem)) >= 0)
        terms = [number for number, _ in found]
        # By hand: most words stand for one term or two.
        if field == "byline" or not any(segment.languages_of(term) & ~languages for term, languages in found):
            return Reading(terms)
        return Reading(terms, np.array([languages for _, languages in found], dtype=np.uint64))

    def gathered(self, field: str, readings: Sequence[Reading]) -> Found:
        """Return where a word occurs that is read so in each segment: the posting lists of its terms put together."""
        parts = [
            postings_of(segment, field, reading, self.kept)
            for segment, reading in zip(self.segments, readings, strict=True)
        ]
        if field in ("title", "body"):
            parts = [part.in_field(field) for part in parts]
        return self.counted(field, parts)

    def read(self, leaf: Any) -> list[Reading]:
        """Return the terms that a word, prefix or typo stands for in each segment, and leave its lists as they are."""
        key = _key(leaf)
        known: FoundTerms | None = self.kept.get(key)
        return self._read(leaf, key)[0] if known is None else known.readings

    def _read(self, leaf: Any, key: tuple[Hashable, ...]) -> tuple[list[Reading], bool]:
        key = ("read", *key)
        found: tuple[list[Reading], bool] | None = self.kept.get(key)
        if found is None:
            found = self._readings(leaf)
            self.kept.keep(key, found, BYTES_PER_WORD)
        return found

    def known(self, leaf: Any) -> FoundTerms | None:
        """Return what is remembered of a word, prefix or typo."""
        found: FoundTerms | None = self.kept.get(_key(leaf))
        return found

    def find(self, leaf: Any) -> FoundTerms:
        """Return the terms that a word, prefix or typo stands for in each segment. Found once, and remembered."""
        known = self.known(leaf)
        if known is not None:
            return known
        key = _key(leaf)
        readings, cut = self._read(leaf, key)
        found = self.gathered(leaf.fieldname, readings)
        # Single lists last already, and are counted where they are kept.
        fresh = [postings for postings in found.parts if not postings.lasting]
        size = sum(postings.bytes for postings in fresh)
        if size > self.kept.limit // MANY_WORDS:
            self.kept.keep(key, FoundTerms(readings, cut, None), BYTES_PER_WORD)
            return FoundTerms(readings, cut, found)
        known = FoundTerms(readings, cut, found)
        self.kept.keep(key, known, size + BYTES_PER_WORD)
        for postings in fresh:
            postings.lasting = True
        return known

    def counted(self, field: str, parts: Sequence[Postings]) -> Found:
        """Return where something occurs in a field, given its postings by segment."""
        for number, part in enumerate(parts):
            if part.codes is None and part.scores is None and field != "byline":
                part.scores = self._scored(field, number, part)
        frequency = living(self.segments, parts)
        return Found(parts, frequency, telling(frequency, self.count))

    def _scored(self, field: str, number: int, postings: Postings) -> Scores:
        """Return what postings by times score in a field, weight left out."""
        title, body = postings.times(slice(None))
        times = {"text": self.title_weight * title + body, "title": title, "body": body}[field]
        return saturation(times, self.lengths(field, number, postings.docs), self.mean_length(field))

    @cached_property
    def forms(self) -> tuple[Forms, ...]:
        """What long posting lists are made into besides, by segment."""
        return tuple(Forms(segment.size, self.table, self.kept) for segment in self.segments)

    def stems(self, surface: str) -> dict[str, int]:
        """Return the stems that a folded spelling was indexed under, and in articles of which languages."""
        found: dict[str, int] = {}
        for segment in self.segments:
            number = segment.surfaces.find(surface.encode())
            for term, languages in segment.terms_of_surface(number) if number >= 0 else ():
                stem = segment.terms.names[term].decode()
                found[stem] = found.get(stem, 0) | languages
        return found

    def stem(self, surface: str) -> str:
        """Return the stem that a folded spelling was indexed under most often, itself where it was not. Kept, too."""
        stem: str | None = self.kept.get(("stem", surface))
        if stem is None:
            times: Counter[str] = Counter()
            for segment in self.segments:
                number = segment.surfaces.find(surface.encode())
                for term, count, _ in segment.stems_of(number) if number >= 0 else ():
                    times[segment.terms.names[term].decode()] += count
            stem = min(times, key=lambda one: (-times[one], one), default=surface)
            self.kept.keep(("stem", surface), stem, BYTES_PER_WORD)
        return stem

    def frequency(self, surface: str) -> int:
        """Return how often a spelling was indexed."""
        total = 0
        for segment in self.segments:
            number = segment.surfaces.find(surface.encode())
            if number >= 0:
                total += sum(times for _, times, _ in segment.stems_of(number))
        return total

    @cached_property
    def _letters(self) -> list[tuple[npt.NDArray[np.uint64], npt.NDArray[np.int16]]]:
        """Letters and length of every spelling, by segment. Looks at them all: only typos want that."""
        found = [segment.surfaces.letters() for segment in self.segments]
        return [(sets, characters.astype(np.int16)) for sets, characters in found]

    def surfaces_like(self, word: str, distance: int) -> list[str]:
        """Return the spellings, ascending, whose letters and length are so few typos away from a word's, or fewer."""
        wanted, length = letters(word.encode()), len(word)
        found: set[bytes] = set()
        for segment, (sets, characters) in zip(self.segments, self._letters, strict=True):
            near = np.flatnonzero(np.abs(characters - length) <= distance)
            near = near[np.bitwise_count(sets.take(near) ^ wanted) <= 2 * distance]
            found.update(segment.surfaces[number] for number in near.tolist())
        return [surface.decode() for surface in sorted(found)]

    def surfaces_from(self, prefix: str) -> list[str]:
        """Return the spellings that begin with a prefix, ascending."""
        found: set[bytes] = set()
        for segment in self.segments:
            found.update(segment.surfaces.between(*segment.surfaces.range(prefix.encode())))
        return [surface.decode() for surface in sorted(found)]


def _key(leaf: Any) -> tuple[Hashable, ...]:
    """What a word is remembered by: what a prefix or typo stands for depends on a setting, too."""
    return tuple(leaf.key) if type(leaf) is Term else (*leaf.key, MAX_EXPANSIONS.value())


def in_range(tag: str, range_: str) -> bool:
    """Say whether a language is in a range: ``en`` takes in ``en-GB`` (RFC 4647, basic filtering)."""
    tag, range_ = tag.lower(), range_.lower()
    return tag == range_ or tag.startswith(range_ + "-")

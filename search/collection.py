"""A generation as a search sees it: its articles numbered through, their columns in line, its vocabulary as one."""

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from index import vocabulary
from index.article import Article
from index.generation import Generation
from index.schema import section_key
from index.stemming import primary

NO_SECTION = -1


@dataclass(frozen=True, slots=True)
class Lengths:
    """Words of each document in title and in body, int64 (n,), and their means over the live ones."""

    title: npt.NDArray[np.int64]
    body: npt.NDArray[np.int64]
    mean_title: float
    mean_body: float


class Collection:
    """The documents of a generation, numbered from 0 over all segments.

    ``live`` is bool (n,); ``stamps`` int64 (n,), minutes of wall time or UNDATED; ``sections`` int32 (n,), numbers
    into ``section_keys`` and ``section_names`` or NO_SECTION; ``languages`` int32 (n,), numbers into
    ``language_tags``. ``count`` is how many documents are live.
    """

    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        self.segments = generation.segments
        self.bases = [0]
        for segment in self.segments:
            self.bases.append(self.bases[-1] + segment.size)
        empty = [np.zeros(0)]
        self.live = np.concatenate([segment.live for segment in self.segments] or empty).astype(np.bool_)
        self.stamps = np.concatenate([segment.stamps for segment in self.segments] or empty).astype(np.int64)
        self.ids = [identifier for segment in self.segments for identifier in segment.ids]
        self.count = int(self.live.sum())
        self._number_sections()
        self._number_languages()

    def _number_sections(self) -> None:
        written = [name for segment in self.segments for name in segment.sections]
        spellings: dict[str, Counter[str]] = {}
        for name, alive in zip(written, self.live, strict=True):
            if name is not None and alive:
                spellings.setdefault(section_key(name), Counter())[name] += 1
        self.section_keys = sorted(spellings)
        # A section goes by the name most of its articles give it.
        self.section_names = [min(spellings[key], key=lambda n: (-spellings[key][n], n)) for key in self.section_keys]
        numbers = {key: number for number, key in enumerate(self.section_keys)}
        self.sections = np.array(
            [NO_SECTION if name is None else numbers.get(section_key(name), NO_SECTION) for name in written],
            dtype=np.int32,
        )

    def _number_languages(self) -> None:
        tags = [tag for segment in self.segments for tag in segment.languages]
        self.language_tags = sorted(set(tags))
        numbers = {tag: number for number, tag in enumerate(self.language_tags)}
        self.languages = np.array([numbers[tag] for tag in tags], dtype=np.int32)

    @cached_property
    def stemmed_languages(self) -> tuple[str, ...]:
        """The languages whose stems occur, one tag for each stemmer: a query's words are analysed in all of them."""
        spoken = {self.language_tags[number] for number in np.unique(self.languages[self.live])}
        return tuple(sorted({primary(tag) or "und" for tag in spoken})) or ("en",)

    @cached_property
    def lengths(self) -> Lengths:
        """Lengths as the codec quantises them; read at the first ranked search."""
        empty = [np.zeros(0, dtype=np.int64)]
        title = np.concatenate([segment.lengths("title") for segment in self.segments] or empty)
        body = np.concatenate([segment.lengths("body") for segment in self.segments] or empty)
        count = max(self.count, 1)
        return Lengths(title, body, float(title[self.live].sum()) / count, float(body[self.live].sum()) / count)

    @cached_property
    def vocabulary(self) -> vocabulary.Vocabulary:
        """Surface -> stem -> times, over all segments."""
        return vocabulary.merge(segment.vocabulary for segment in self.segments)

    @cached_property
    def surfaces(self) -> list[str]:
        """The surfaces of the vocabulary, ascending."""
        return sorted(self.vocabulary)

    def surfaces_from(self, prefix: str) -> list[str]:
        """Return the surfaces that begin with a prefix."""
        low = bisect_left(self.surfaces, prefix)
        return self.surfaces[low : bisect_right(self.surfaces, prefix + chr(0x10FFFF), lo=low)]

    def frequency(self, surface: str) -> int:
        """Return how often a surface was indexed."""
        return sum(self.vocabulary[surface].values())

    def document(self, identifier: str) -> int | None:
        """Return the live document with an id."""
        for base, segment in zip(self.bases, self.segments, strict=False):
            doc = segment.document(identifier)
            if doc is not None:
                return base + doc
        return None

    def article(self, doc: int) -> Article:
        """Return the article stored for a document."""
        number = bisect_right(self.bases, doc) - 1
        return self.segments[number].article(doc - self.bases[number])

    def language(self, doc: int) -> str:
        """Return the language a document was analysed in."""
        return self.language_tags[int(self.languages[doc])]

    def positions(self, field: str, stem: str) -> dict[int, list[int]]:
        """Return document -> positions of a stem in title, body or byline."""
        return {
            base + doc: found
            for base, segment in zip(self.bases, self.segments, strict=False)
            for doc, found in segment.positions(field, stem)
        }

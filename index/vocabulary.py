"""The surface vocabulary: the words of a segment as they were written, folded, and the stems they were indexed under.

Prefixes, typos and words typed without their accents are looked up here and lead to stems. It stands beside the
segment as JSON: surface -> [[stem, times], ...], sorted.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

Vocabulary = Mapping[str, Mapping[str, int]]
"""Surface -> stem -> how often that surface was indexed under that stem."""


def count(pairs: Iterable[tuple[str, str]], into: defaultdict[str, Counter[str]]) -> None:
    """Count (surface, stem) pairs into a vocabulary being made."""
    for surface, stem in pairs:
        into[surface][stem] += 1


def merge(vocabularies: Iterable[Vocabulary]) -> defaultdict[str, Counter[str]]:
    """Add vocabularies up."""
    merged: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for vocabulary in vocabularies:
        for surface, stems in vocabulary.items():
            merged[surface].update(stems)
    return merged


def write(vocabulary: Vocabulary, path: Path) -> None:
    """Write a vocabulary to a file."""
    ordered = {surface: sorted(stems.items()) for surface, stems in sorted(vocabulary.items())}
    path.write_text(json.dumps(ordered, ensure_ascii=False, separators=(",", ":")), "utf-8")


def read(path: Path) -> Vocabulary:
    """Read a vocabulary from a file."""
    return {surface: dict(stems) for surface, stems in json.loads(path.read_text("utf-8")).items()}

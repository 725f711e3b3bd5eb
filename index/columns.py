"""Columns: what filters, orders and facets are read from, an array each.

doc.stamp      int64, minutes of wall time or UNDATED
doc.section    number into ``section``, the names as written; the last number is that of no section
doc.language   number into ``language``, the tags
id             the ids, in document order; ``id.hash`` sorts them and ``id.doc`` says whose each is
"""

import hashlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from index.arrays import Array, narrow


def pack_columns(
    ids: Sequence[str], stamps: npt.NDArray[np.int64], sections: Sequence[str | None], languages: Sequence[str]
) -> dict[str, Array]:
    """Return the columns of documents in document order."""
    encoded = [identifier.encode() for identifier in ids]
    hashes = np.fromiter((_hash(identifier) for identifier in encoded), dtype=np.uint64, count=len(encoded))
    by_hash = np.argsort(hashes, kind="stable")
    section_names = sorted({name for name in sections if name is not None})
    section_numbers: dict[str | None, int] = {name: number for number, name in enumerate(section_names)}
    section_numbers[None] = len(section_names)
    language_tags = sorted(set(languages))
    language_numbers = {tag: number for number, tag in enumerate(language_tags)}
    return {
        "doc.stamp": stamps.astype(np.int64),
        "doc.section": narrow(np.array([section_numbers[name] for name in sections], dtype=np.int64)),
        "doc.language": narrow(np.array([language_numbers[tag] for tag in languages], dtype=np.int64)),
        **_blob([name.encode() for name in section_names], "section"),
        **_blob([tag.encode() for tag in language_tags], "language"),
        **_blob(encoded, "id"),
        "id.hash": hashes[by_hash],
        "id.doc": narrow(by_hash),
    }


def strings(arrays: dict[str, Array], name: str) -> list[str]:
    """Return the strings of a column."""
    blob = arrays[name].tobytes()
    at = arrays[f"{name}.at"].tolist()
    return [blob[start:end].decode() for start, end in pairwise(at)]


def one_string(arrays: dict[str, Array], name: str, number: int) -> str:
    """Return one string of a column."""
    at = arrays[f"{name}.at"]
    return arrays[name][int(at[number]) : int(at[number + 1])].tobytes().decode()


def find_id(arrays: dict[str, Array], identifier: str) -> list[int]:
    """Return the documents with an id: one at most is alive."""
    found = []
    key = np.uint64(_hash(identifier.encode()))
    hashes = arrays["id.hash"]
    at = int(hashes.searchsorted(key))
    while at < len(hashes) and hashes[at] == key:
        doc = int(arrays["id.doc"][at])
        if one_string(arrays, "id", doc) == identifier:
            found.append(doc)
        at += 1
    return found


def _hash(identifier: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(identifier, digest_size=8).digest(), "little")


def _blob(texts: Sequence[bytes], name: str) -> dict[str, Array]:
    at = np.zeros(len(texts) + 1, dtype=np.uint64)
    np.cumsum(np.fromiter(map(len, texts), dtype=np.uint64, count=len(texts)), out=at[1:])
    return {f"{name}.at": narrow(at), name: np.frombuffer(b"".join(texts), dtype=np.uint8)}

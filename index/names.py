"""Names: strings in columns, and columns of numbers into few of them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from index.arrays import Array, narrow

I64 = npt.NDArray[np.int64]


def pack_named(name: str, numbers: Array, names: Sequence[str]) -> dict[str, Array]:
    """Return the columns of a number for each document into names; one past the end is none."""
    return {f"doc.{name}": narrow(numbers), **pack_strings([text.encode() for text in names], name)}


def pack_names(name: str, named: Sequence[str | None]) -> dict[str, Array]:
    """Return the columns of the names of documents in document order, None for one that has none."""
    names = sorted({text for text in named if text is not None})
    number: dict[str | None, int] = {text: at for at, text in enumerate(names)}
    number[None] = len(names)
    return pack_named(name, np.array([number[text] for text in named], dtype=np.int64), names)


def strings(arrays: dict[str, Array], name: str) -> list[str]:
    """Return the strings of a column."""
    blob = arrays[name].tobytes()
    return [blob[start:end].decode() for start, end in pairwise(begins(arrays, name).tolist())]


def begins(arrays: dict[str, Array], name: str) -> I64:
    """Return where each string of a column begins, and where the last one ends, int64 (n + 1,)."""
    size = arrays[f"{name}.size"]
    found = np.zeros(len(size) + 1, dtype=np.int64)
    np.cumsum(size, out=found[1:])
    return found


def pack_strings(texts: Sequence[bytes], name: str) -> dict[str, Array]:
    """Return the arrays of strings: their bytes one behind the other, and how many each has."""
    size = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    return {name: np.frombuffer(b"".join(texts), dtype=np.uint8), f"{name}.size": narrow(size)}

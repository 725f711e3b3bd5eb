"""Sorted strings as arrays: a blob of UTF-8, where each begins, and the first eight bytes of each as a number.

Looking one up is a binary search over the numbers, which settles most, and over the few strings that share one.
UTF-8 sorts as code points do, so that a prefix is a range.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from index.arrays import Array, narrow


def pack(strings: Sequence[bytes], name: str) -> dict[str, Array]:
    """Return the arrays of strings that are in ascending order: ``name`` + ``.blob``, ``.at``, ``.key``."""
    at = np.zeros(len(strings) + 1, dtype=np.uint64)
    np.cumsum(np.fromiter(map(len, strings), dtype=np.uint64, count=len(strings)), out=at[1:])
    heads = b"".join([string[:8].ljust(8, b"\0") for string in strings])
    return {
        f"{name}.key": np.frombuffer(heads, dtype=">u8").astype(np.uint64),
        f"{name}.at": narrow(at),
        f"{name}.blob": np.frombuffer(b"".join(strings), dtype=np.uint8),
    }


class Strings:
    """Sorted strings, mapped. ``count`` is how many there are."""

    def __init__(self, arrays: dict[str, Array], name: str) -> None:
        self._key: npt.NDArray[np.uint64] = arrays[f"{name}.key"]
        self._at = arrays[f"{name}.at"]
        self._blob = arrays[f"{name}.blob"]
        self.count = len(self._key)

    def __getitem__(self, number: int) -> bytes:
        return self._blob[int(self._at[number]) : int(self._at[number + 1])].tobytes()

    def __iter__(self) -> Iterator[bytes]:
        blob = self._blob.tobytes()
        at = self._at.tolist()
        return (blob[start:end] for start, end in pairwise(at))

    def find(self, string: bytes) -> int:
        """Return the number of a string, or -1."""
        key = np.uint64(int.from_bytes(string[:8].ljust(8, b"\0"), "big"))
        number = int(self._key.searchsorted(key))
        while number < self.count and self._key[number] == key:
            here = self[number]
            if here == string:
                return number
            if here > string:
                return -1
            number += 1
        return -1

    def range(self, prefix: bytes) -> tuple[int, int]:
        """Return the numbers of the strings that begin with a prefix, as first and last plus one."""
        return self._bisect(prefix), self._bisect(prefix + b"\xff" * 8) if prefix else self.count

    def _bisect(self, string: bytes) -> int:
        """Return how many strings come before one."""
        key = np.uint64(int.from_bytes(string[:8].ljust(8, b"\0"), "big"))
        low, high = int(self._key.searchsorted(key, "left")), int(self._key.searchsorted(key, "right"))
        while low < high:
            middle = (low + high) // 2
            if self[middle] < string:
                low = middle + 1
            else:
                high = middle
        return low

"""Array files: named NumPy arrays in one file that is mapped, not read.

    BKFARRAY | array | array | ... | directory, JSON | length of the directory (8) | BKFARRAY

Each array begins at a multiple of 64 bytes. The directory says of each its dtype, its length and where it begins.
Opening costs the same whatever the file's size: pages are read when they are first looked at.
"""

import json
import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import DamagedIndexError

Array = npt.NDArray[Any]

_MAGIC = b"BKFARRAY"
_ALIGN = 64


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write one-dimensional arrays to a new file, in the order given, and wait until they are on the disk."""
    directory: dict[str, list[Any]] = {}
    with path.open("wb") as stream:
        at = stream.write(_MAGIC)
        for name, array in arrays.items():
            at += stream.write(b"\0" * (-at % _ALIGN))
            directory[name] = [array.dtype.str, len(array), at]
            at += stream.write(np.ascontiguousarray(array).data.cast("B") if len(array) else b"")
        tail = json.dumps(directory, separators=(",", ":")).encode()
        stream.write(tail + len(tail).to_bytes(8, "little") + _MAGIC)
        stream.flush()
        os.fsync(stream.fileno())


def open_arrays(path: Path) -> dict[str, Array]:
    """Map a file and return its arrays, read-only. Raises DamagedIndexError, FileNotFoundError.

    The map lives as long as any of the arrays does, also when the file is unlinked meanwhile.
    """
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if size < 2 * len(_MAGIC) + 8:
            raise DamagedIndexError(f"{path} is cut short.")
        mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    end = size - len(_MAGIC) - 8
    length = int.from_bytes(mapped[end : end + 8], "little")
    if mapped[:8] != _MAGIC or mapped[-8:] != _MAGIC or length > end:
        raise DamagedIndexError(f"{path} is no array file of Backfile's.")
    arrays: dict[str, Array] = {}
    for name, (dtype, count, at) in json.loads(mapped[end - length : end]).items():
        arrays[name] = np.frombuffer(mapped, dtype=dtype, count=count, offset=at)
    return arrays


def document_type(size: int) -> Any:
    """Return the type of a segment's document numbers: one that holds ``size`` as well, the end of a range."""
    return np.uint16 if size < 1 << 16 else np.uint32


def narrow(array: Array) -> Array:
    """Return an array of whole numbers >= 0 in the narrowest unsigned type that holds all of them."""
    top = int(array.max()) if len(array) else 0
    for dtype in (np.uint8, np.uint16, np.uint32):
        if top <= np.iinfo(dtype).max:
            return array.astype(dtype, copy=False)
    return array.astype(np.uint64, copy=False)


def ranges(first: npt.NDArray[np.int64], size: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return first[0], first[0] + 1, ... for size[0] numbers, then the same of the next: int64 (sum of size,)."""
    skip = first - (np.cumsum(size) - size)
    written: npt.NDArray[np.int64] = np.arange(int(size.sum()), dtype=np.int64) + np.repeat(skip, size)
    return written

"""Array files: named NumPy arrays in one file that is mapped, not read.

    BKFARRAY | array | array | ... | directory, JSON | length of the directory (8) | BKFARRAY

Each array begins at a multiple of 64 bytes. The directory says of each its dtype, its length and where it begins.
Opening costs the same whatever the file's size: pages are read when they are first looked at.
"""

import json
import mmap
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from index.errors import DamagedIndexError

Array = npt.NDArray[Any]

_MAGIC = b"BKFARRAY"
_ALIGN = 64
_PIECE = 1 << 18


class ArrayWriter:
    """An array file in the making: whole arrays, and arrays that come in pieces, several at a time.

    ``behind`` puts them behind those of a file that is there. With ``with``: the file is whole and on the disk at the
    end, or is no array file, or as it was.
    """

    def __init__(self, path: Path, *, behind: bool = False) -> None:
        self._path = path
        self._behind = behind
        self._directory: dict[str, list[Any]] = {}
        self._spools: dict[str, Spool] = {}
        self._end = len(_MAGIC)

    def __enter__(self) -> "ArrayWriter":
        with ExitStack() as opened:
            self._stream = opened.enter_context(self._path.open("r+b" if self._behind else "wb"))
            if self._behind:
                # The next array takes the directory's place.
                mapped, self._directory, self._end = _mapped(self._path, self._stream)
                mapped.close()
            else:
                self._stream.write(_MAGIC)
            opened.pop_all()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        with ExitStack() as opened:
            stream = opened.enter_context(self._stream)
            for spool in self._spools.values():
                opened.callback(spool.close)
            if kind is None:
                for name, spool in self._spools.items():
                    self.bytes(name, spool.pieces(), spool.dtype)
                stream.seek(self._end)
                tail = json.dumps(self._directory, separators=(",", ":")).encode()
                stream.write(tail + len(tail).to_bytes(8, "little") + _MAGIC)
                stream.flush()
                os.fsync(stream.fileno())

    def put(self, arrays: Mapping[str, Array]) -> None:
        """Write whole arrays, in the order given."""
        for name, array in arrays.items():
            at = self._aligned()
            self._stream.seek(at)
            self._stream.write(np.ascontiguousarray(array).data.cast("B") if len(array) else b"")
            self._directory[name] = [array.dtype.str, len(array), at]
            self._end = at + array.nbytes

    def spool(self, name: str, dtype: Any) -> "Spool":
        """Return an array that comes in pieces, of unknown number, beside others; it stands behind them in the file."""
        spool = Spool(self._path.parent, np.dtype(dtype))
        self._spools[name] = spool
        return spool

    def bytes(self, name: str, pieces: Iterable[bytes], dtype: Any = np.uint8) -> None:
        """Write an array whose bytes come in any number of pieces."""
        at = self._aligned()
        self._stream.seek(at)
        size = sum(map(self._stream.write, pieces))
        self._directory[name] = [np.dtype(dtype).str, size // np.dtype(dtype).itemsize, at]
        self._end = at + size

    def _aligned(self) -> int:
        return self._end + -self._end % _ALIGN


class Spool:
    """One array in the making, in a file without a name until it is whole. Made by ``ArrayWriter``."""

    def __init__(self, folder: Path, dtype: "np.dtype[Any]") -> None:
        self.dtype = dtype
        # In the index's own folder: what is called temporary may be memory.
        self._stream = tempfile.TemporaryFile(dir=folder, buffering=_PIECE)  # noqa: SIM115

    def append(self, array: Array) -> None:
        """Write the array's next numbers."""
        if len(array):
            self._stream.write(np.ascontiguousarray(array, dtype=self.dtype).data.cast("B"))

    def pieces(self) -> Iterator[bytes]:
        """Yield what was written, once."""
        self._stream.seek(0)
        yield from iter(partial(self._stream.read, _PIECE), b"")

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()


def open_arrays(path: Path) -> dict[str, Array]:
    """Map a file and return its arrays, read-only. Raises DamagedIndexError, FileNotFoundError.

    The map lives as long as any of the arrays does, also when the file is unlinked meanwhile.
    """
    with path.open("rb") as stream:
        mapped, directory, _ = _mapped(path, stream)
    arrays: dict[str, Array] = {}
    for name, (dtype, count, at) in directory.items():
        arrays[name] = np.frombuffer(mapped, dtype=dtype, count=count, offset=at)
    return arrays


def _mapped(path: Path, stream: IO[bytes]) -> tuple[mmap.mmap, dict[str, list[Any]], int]:
    """Map an array file, and return its directory and where that begins, too. Raises DamagedIndexError."""
    size = os.fstat(stream.fileno()).st_size
    if size < 2 * len(_MAGIC) + 8:
        raise DamagedIndexError(f"{path} is cut short.")
    mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    end = size - len(_MAGIC) - 8
    length = int.from_bytes(mapped[end : end + 8], "little")
    if mapped[:8] != _MAGIC or mapped[-8:] != _MAGIC or length > end:
        raise DamagedIndexError(f"{path} is no array file of Backfile's.")
    return mapped, json.loads(mapped[end - length : end]), end - length


MOST_NARROW = (1 << 16) - 1
"""Documents in a segment, above which their numbers take four bytes instead of two, in every list spelt out."""


def document_type(size: int) -> Any:
    """Return the type of a segment's document numbers: one that holds ``size`` as well, the end of a range."""
    return np.uint16 if size <= MOST_NARROW else np.uint32


def narrow(array: Array) -> Array:
    """Return an array of whole numbers >= 0 in the narrowest unsigned type that holds all of them."""
    top = int(array.max()) if len(array) else 0
    for dtype in (np.uint8, np.uint16, np.uint32):
        if top <= np.iinfo(dtype).max:
            return array.astype(dtype, copy=False)
    return array.astype(np.uint64, copy=False)


def ranges(first: npt.NDArray[np.int64], size: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return first[0], first[0] + 1, ... for size[0] numbers, then the same of the next: int64 (sum of size,)."""
    written: npt.NDArray[np.int64] = np.repeat(first - (np.cumsum(size) - size), size)
    written += np.arange(len(written))
    return written

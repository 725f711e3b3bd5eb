"""The seal of a row of the account: a checksum of its values, by which a flipped bit is found."""

import zlib
from collections.abc import Iterable, Sequence
from itertools import repeat

Value = str | int | bytes | None

_TEXT, _BYTES, _OTHER = b"\xff", b"\xfe", b"\xfd"
"""What follows a value of each type, and is in no text."""


def seal(*values: Value) -> int:
    """Return the CRC-32 of a row's values, spelt one after the other, each with its type behind it."""
    return zlib.crc32(b"".join(map(_spelt, values)))


def sealed(values: Sequence[Value]) -> tuple[Value, ...]:
    """Return a row with its seal."""
    return (*values, seal(*values))


def seals(columns: Sequence[Sequence[Value]]) -> list[int]:
    """Return the seals of rows that come as columns, with one value at least in each.

    The checksums of all rows go on a column at a time, and what is the same in every row is spelt once: 0.07 s for
    200,000 articles instead of 0.4.
    """
    sums: Iterable[int] = repeat(0, len(columns[0]))
    behind = b""
    for column in columns:
        if column.count(column[0]) == len(column):
            behind += _spelt(column[0])
            continue
        if behind:
            sums = map(zlib.crc32, repeat(behind), sums)
        texts, behind = _spelt_all(column)
        sums = map(zlib.crc32, texts, sums)
    return list(map(zlib.crc32, repeat(behind), sums))


def former_seal(*values: Value) -> int:
    """Return the seal that rows had in version 4 of the account and before."""
    return zlib.crc32(ascii(values).encode())


def _spelt(value: Value) -> bytes:
    if isinstance(value, str):
        return value.encode() + _TEXT
    if isinstance(value, bytes):
        return value + _BYTES
    return ascii(value).encode() + _OTHER


def _spelt_all(column: Sequence[Value]) -> tuple[Iterable[bytes], bytes]:
    """Return the values of a column as bytes, and what is still to follow each."""
    kinds = set(map(type, column))
    if kinds == {str}:
        return map(str.encode, column), _TEXT  # type: ignore[arg-type]
    if kinds == {bytes}:
        return column, _BYTES  # type: ignore[return-value]
    if kinds == {int}:
        return map(str.encode, map(ascii, column)), _OTHER
    return map(_spelt, column), b""

"""Chunks: bytes of text -> the numbers of what stands between white space, all of a block at once.

A chunk is in lower case as far as ASCII goes and without the punctuation around it; its words depend neither on case
nor on what is around it. It is known by its first 16 bytes, two numbers read out of the text in one step each, and
looked up in an open-addressed table that is itself three arrays: a block is split and numbered without a step of
Python's a word.
Longer chunks, one in a thousand of English and one in ten of Russian, go through a dictionary.

Of Reuters' 2.8 million chunks ``str.split`` and a dictionary look-up each took 1.5 s, this 0.35 s.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, count, pairwise

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]
U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]
Bool = npt.NDArray[np.bool_]

STRIPPED = 8
"""Characters of punctuation taken off at either end, at most: each is one more step over the block."""

_BEFORE = "\"'(),-/:;<>[]!?*"
_BEHIND = _BEFORE + "."
"""What is stripped. None of it can be part of a word at its edge but a point, and that of an acronym is lost in any
case; in front of one a point makes it none, so there it stays. A plus and a sharp can be part of a word."""

_KEY = 16
_KEPT_BYTES = np.array([(1 << (8 * size)) - 1 for size in range(9)], dtype=np.uint64)
_MULTIPLIERS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93], dtype=np.uint64)
_SMALLEST = 1 << 14


def _bytes_in(characters: str) -> Bool:
    found = np.zeros(256, dtype=np.bool_)
    found[list(characters.encode())] = True
    return found


_IS_BEFORE, _IS_BEHIND = _bytes_in(_BEFORE), _bytes_in(_BEHIND)


@dataclass(frozen=True, slots=True)
class Found:
    """The chunks of a block in order: number (uint32) of each, and the bytes ``start`` to ``end`` (int64) it stood at.

    The places are those of the chunk with its punctuation.
    """

    numbers: U32
    start: I64
    end: I64


@dataclass(frozen=True, slots=True)
class Block:
    """Texts one behind the other as ``Chunks`` reads them, and the bytes (int64) each begins and ends at."""

    data: bytes
    start: I64
    end: I64

    @property
    def size(self) -> int:
        """Its bytes, roughly."""
        return len(self.data)


def block_of(texts: Sequence[str]) -> Block:
    """Put texts into a block: UTF-8, lower case as far as ASCII goes, white space between them and at both ends."""
    joined = "\n".join(["", *texts, ""])
    size = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    end = np.cumsum(size + 1)
    start = end - size
    data = joined.encode("utf-8", "surrogatepass").lower()
    if not joined.isascii():
        codes = np.frombuffer(data, dtype=np.uint8).copy()
        high = np.flatnonzero(codes.view(np.int8) < 0)
        # From characters to bytes: each 10xxxxxx is one byte more for all that is behind its character.
        more = high[codes[high] & 0xC0 == 0x80]
        more -= np.arange(len(more))
        start, end = (at + more.searchsorted(at, side="right") for at in (start, end))
        for spaces in _SPACES:
            _make_blank(codes, high, spaces)
        data = codes.tobytes()
    # The last chunk's bytes are read by sixteens, too.
    return Block(data + b"\0" * _KEY, start, end)


_SPACES = (
    [b"\xc2\x85", b"\xc2\xa0"],
    ["\u1680".encode(), *(chr(code).encode() for code in range(0x2000, 0x200B))]
    + [space.encode() for space in "\u2028\u2029\u202f\u205f\u3000"],
)
"""White space beyond ASCII in UTF-8, that of two bytes and that of three."""


def _make_blank(codes: npt.NDArray[np.uint8], high: I64, spaces: Sequence[bytes]) -> None:
    """Put blanks in the place of spaces of the same length; ``high`` are the places of bytes that are not ASCII's."""
    first, *others = np.frombuffer(b"".join(spaces), dtype=np.uint8).reshape(len(spaces), -1).T.astype(np.int64)
    begin = codes[high]
    at = high[(begin >= first.min()) & (begin <= first.max())]
    found, wanted = codes[at].astype(np.int64), first
    for place, other in enumerate(others, 1):
        found, wanted = found << 8 | codes[at + place], wanted << 8 | other
    at = at[np.isin(found, wanted)]
    for place in range(len(others) + 1):
        codes[at + place] = ord(" ")


class Texts:
    """Texts by number, in a fifth of the memory that strings take."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("Q", [0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> str:
        return self._bytes[self._ends[number] : self._ends[number + 1]].decode("utf-8", "surrogatepass")

    def since(self, number: int) -> list[bytes]:
        """Return the texts from a number on, in UTF-8."""
        ends = self._ends[number:]
        new = bytes(self._bytes[ends[0] :])
        return [new[start - ends[0] : end - ends[0]] for start, end in pairwise(ends)]

    def add(self, texts: Sequence[bytes]) -> None:
        """Put texts, in UTF-8, behind the others."""
        self._bytes += b"".join(texts)
        self._ends.extend(accumulate(map(len, texts), initial=self._ends.pop()))


class Chunks:
    """Every chunk met so far, numbered as it came; ``texts`` are their characters. The empty one is number 0."""

    def __init__(self) -> None:
        self.texts = Texts()
        self.texts.add([b""])
        self._long: dict[bytes, int] = {}
        self._make_room(_SMALLEST)

    def numbers(self, block: bytes) -> Found:
        """Number the chunks of a block. What parts them is ASCII's white space and control characters."""
        data = np.frombuffer(block, dtype=np.uint8)
        filled = data > 32
        edges = np.flatnonzero(filled[1:] != filled[:-1]) + 1
        begin, end = edges[::2], edges[1::2]
        first, last = _stripped(data, begin.copy(), end.copy())
        size = last - first
        sixteens: U64 = np.ndarray(shape=(len(block) - 7,), dtype="<u8", buffer=block, strides=(1,))
        head = sixteens[first] & _KEPT_BYTES.take(np.minimum(size, 8))
        tail = np.zeros(len(first), dtype=np.uint64)
        over = np.flatnonzero(size > 8)
        tail[over] = sixteens[first.take(over) + 8] & _KEPT_BYTES.take(np.minimum(size.take(over) - 8, 8))
        found = self._look_up(head, tail)
        long = np.flatnonzero(size > _KEY)
        missing = (found == 0) & (size > 0)
        missing[long] = False
        new = np.flatnonzero(missing)
        if len(new):
            found[new] = self._number(block, first[new], last[new], head[new], tail[new])
        if len(long):
            found[long] = [
                self._long_number(block[i:j]) for i, j in zip(first[long].tolist(), last[long].tolist(), strict=True)
            ]
        return Found(found, begin, end)

    def _number(self, block: bytes, first: I64, last: I64, head: U64, tail: U64) -> U32:
        """Give new chunks their numbers, the same to those that are the same."""
        order = np.lexsort((tail, head))
        head, tail = head[order], tail[order]
        change = np.concatenate([[True], (head[1:] != head[:-1]) | (tail[1:] != tail[:-1])])
        numbers = np.empty(len(order), dtype=np.uint32)
        numbers[order] = (np.cumsum(change) - 1 + len(self.texts)).astype(np.uint32)
        once = np.flatnonzero(change)
        start, end = first[order[once]].tolist(), last[order[once]].tolist()
        before = len(self.texts)
        self.texts.add([block[i:j] for i, j in zip(start, end, strict=True)])
        if 2 * len(self.texts) > len(self._numbers):
            kept = np.flatnonzero(self._numbers)
            old = self._heads[kept], self._tails[kept], self._numbers[kept]
            self._make_room(4 * len(self.texts))
            self._put(*old)
        self._put(head[once], tail[once], np.arange(before, len(self.texts), dtype=np.uint32))
        return numbers

    def _long_number(self, chunk: bytes) -> int:
        number = self._long.setdefault(chunk, len(self.texts))
        if number == len(self.texts):
            self.texts.add([chunk])
        return number

    def _make_room(self, size: int) -> None:
        bits = (size - 1).bit_length()
        self._shift = np.uint64(64 - bits)
        self._last = (1 << bits) - 1
        self._heads = np.zeros(1 << bits, dtype=np.uint64)
        self._tails = np.zeros(1 << bits, dtype=np.uint64)
        self._numbers = np.zeros(1 << bits, dtype=np.uint32)

    def _slots(self, head: U64, tail: U64) -> I64:
        mixed = head * _MULTIPLIERS[0] ^ tail * _MULTIPLIERS[1]
        mixed ^= mixed >> np.uint64(32)
        mixed *= _MULTIPLIERS[2]
        slots: I64 = (mixed >> self._shift).astype(np.int64)
        return slots

    def _look_up(self, head: U64, tail: U64) -> U32:
        """Return the number of each chunk, 0 for the empty one and for those not met before."""
        slot = self._slots(head, tail)
        numbers = self._numbers.take(slot)
        other = np.flatnonzero(((self._heads.take(slot) != head) | (self._tails.take(slot) != tail)) & (numbers != 0))
        head, tail, slot = head.take(other), tail.take(other), slot.take(other)
        while len(other):
            slot = (slot + 1) & self._last
            here = self._numbers.take(slot)
            numbers[other] = here
            on = ((self._heads.take(slot) != head) | (self._tails.take(slot) != tail)) & (here != 0)
            other, head, tail, slot = other[on], head[on], tail[on], slot[on]
        # A free slot is as good as a mismatch: its number is 0 already.
        return numbers

    def _put(self, head: U64, tail: U64, numbers: U32) -> None:
        """Put chunks into the table that are not in it."""
        slot = self._slots(head, tail)
        waiting = np.arange(len(slot))
        for step in count():
            here = (slot[waiting] + step) & self._last
            free = np.flatnonzero(self._numbers[here] == 0)
            # Of several that want a slot the first has it.
            _, first = np.unique(here[free], return_index=True)
            taken = free[first]
            self._heads[here[taken]] = head[waiting[taken]]
            self._tails[here[taken]] = tail[waiting[taken]]
            self._numbers[here[taken]] = numbers[waiting[taken]]
            waiting = np.delete(waiting, taken)
            if not len(waiting):
                return


def _stripped(data: npt.NDArray[np.uint8], start: I64, end: I64) -> tuple[I64, I64]:
    """Move the ends of chunks over the punctuation there, in place."""
    at = np.flatnonzero(_IS_BEFORE.take(data.take(start)))
    for _ in range(STRIPPED):
        if not len(at):
            break
        start[at] += 1
        at = at[_IS_BEFORE[data[start[at]]] & (start[at] < end[at])]
    at = np.flatnonzero(_IS_BEHIND.take(data.take(end - 1)) & (start < end))
    for _ in range(STRIPPED):
        if not len(at):
            break
        end[at] -= 1
        at = at[_IS_BEHIND[data[end[at] - 1]] & (start[at] < end[at])]
    return start, end

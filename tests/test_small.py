"""Small numbers come back exactly, however they are packed, and in few bytes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.arrays import Array
from index.small import BLOCK, Packer, Small, pack_small

EDGES = [0, 1, 254, 255, 256, 65_534, 65_535, 65_536, 2**32 - 2, 2**32 - 1, 2**32, 2**40]
NUMBERS = st.sampled_from(EDGES) | st.integers(0, 300) | st.integers(0, 2**40)


def packed(*pieces: list[int]) -> Small:
    """Pack numbers in pieces."""
    packer = Packer("x")
    arrays: dict[str, list[Array]] = {}
    for piece in pieces:
        for name, array in packer.add(np.array(piece, dtype=np.uint64)).items():
            arrays.setdefault(name, []).append(array)
    return Small({name: np.concatenate(parts) for name, parts in arrays.items()} | packer.finish(), "x")


@given(st.lists(st.lists(NUMBERS, max_size=30), min_size=1, max_size=4), st.integers(1, 12), st.data())
@settings(deadline=None, max_examples=300)
def test_numbers_come_back(pieces: list[list[int]], times: int, data: st.DataObject) -> None:
    """All, any stretch and any choice in any order, wherever the pieces end."""
    pieces = [piece * times for piece in pieces]
    whole = [number for piece in pieces for number in piece]
    numbers = packed(*pieces)
    assert len(numbers) == len(whole)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    assert numbers.between(start, end).tolist() == whole[start:end]
    chosen = data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=20)) if whole else []
    found = numbers.at(np.array(chosen, dtype=np.int64))
    assert found.tolist() == [whole[index] for index in chosen]
    assert found.dtype == np.int64


@pytest.mark.parametrize("top", EDGES[1:])
def test_the_last_number_of_each_size_comes_back(top: int) -> None:
    """Numbers up to the largest of a type and one more, many of them or a single one, are exact."""
    for whole in ([top] * 50, [0] * 50 + [top], [top - 1, top, top + 1]):
        numbers = packed(whole)
        assert numbers.between(0, len(whole)).tolist() == whole
        assert numbers.at(np.arange(len(whole))).tolist() == whole


@pytest.mark.parametrize(("far", "top", "most"), [(0, 254, 1.0), (5, 999, 1.05), (300, 999, 1.64), (9, 70_000, 1.1)])
def test_small_numbers_take_a_byte(far: int, top: int, most: float) -> None:
    """Short texts take a byte a position, and a few long ones among them little more."""
    array = np.full(1_000, 200, dtype=np.uint32)
    array[:far] = top
    assert sum(column.nbytes for column in pack_small(array, "x").values()) <= most * len(array)


@pytest.mark.parametrize("count", [BLOCK - 1, BLOCK, BLOCK + 1, 8 * BLOCK, 8 * BLOCK + 1])
@pytest.mark.parametrize("far", [0, 3, -1])
def test_stretches_end_anywhere(count: int, far: int) -> None:
    """However many numbers there are, and wherever the large one stands, the last are among them."""
    array = np.zeros(count, dtype=np.uint32)
    array[far] = 1_000_000
    numbers = Small(pack_small(array, "x"), "x")
    assert np.array_equal(numbers.between(0, count), array)
    assert np.array_equal(numbers.between(count - 2, count), array[-2:])
    assert numbers.between(count, count).tolist() == []
    assert np.array_equal(numbers.at(np.array([count - 1, 0, 3])), array[[count - 1, 0, 3]])


def test_no_numbers_are_none() -> None:
    """An empty array is one that gives nothing."""
    numbers = Small(pack_small(np.zeros(0, dtype=np.uint32), "x"), "x")
    assert numbers.between(0, 0).tolist() == []
    assert numbers.at(np.zeros(0, dtype=np.int64)).tolist() == []

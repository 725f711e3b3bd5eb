"""Small numbers come back exactly, however they are packed, and in few bytes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.small import WIDTHS, Packer, Small, pack_small, sizes, width

EDGES = [
    0,
    1,
    254,
    255,
    256,
    1022,
    1023,
    1024,
    4094,
    4095,
    4096,
    65_534,
    65_535,
    65_536,
    262_143,
    262_144,
    2**24,
    2**32 - 1,
]
NUMBERS = st.sampled_from(EDGES) | st.integers(0, 300) | st.integers(0, 2**32 - 1)


def packed_as(bits: int, *pieces: list[int]) -> Small:
    """Pack numbers with so many bits, in pieces."""
    packer = Packer("x", bits)
    columns = [packer.add(np.array(piece, dtype=np.uint32)) for piece in pieces]
    last, beside = packer.finish()
    low, more = (np.concatenate(column) for column in zip(*columns, strict=True))
    return Small({"x": low, "x.more": np.concatenate([more, last]), **beside}, "x")


@given(st.lists(st.lists(NUMBERS, max_size=30), min_size=1, max_size=4), st.sampled_from(WIDTHS), st.data())
@settings(deadline=None, max_examples=300)
def test_numbers_come_back(pieces: list[list[int]], bits: int, data: st.DataObject) -> None:
    """All, any stretch and any choice in any order, whatever the width and wherever the pieces end."""
    whole = [place for piece in pieces for place in piece]
    places = packed_as(bits, *pieces)
    assert len(places) == len(whole)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    assert places.between(start, end).tolist() == whole[start:end]
    chosen = data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=20)) if whole else []
    found = places.at(np.array(chosen, dtype=np.int64))
    assert found.tolist() == [whole[index] for index in chosen]
    assert found.dtype == np.int64


@pytest.mark.parametrize("top", EDGES[1:])
def test_the_last_number_of_each_size_comes_back(top: int) -> None:
    """Numbers up to a power of two and one more, many of them or a single one, are exact."""
    for whole in ([top] * 50, [0] * 50 + [top], [top - 1, top, min(top + 1, 2**32 - 1)]):
        array = np.array(whole, dtype=np.uint32)
        places = Small(pack_small(array, "x"), "x")
        assert places.between(0, len(whole)).tolist() == whole
        assert places.at(np.arange(len(whole))).tolist() == whole


@pytest.mark.parametrize(("far", "top", "most"), [(0, 254, 1.0), (5, 999, 1.04), (300, 999, 1.26), (300, 4094, 1.51)])
def test_the_cheapest_width_is_taken(far: int, top: int, most: float) -> None:
    """Short texts take a byte a position, and a few long ones among them little more."""
    array = np.full(1_000, 200, dtype=np.uint32)
    array[:far] = top
    packed = pack_small(array, "x")
    assert sum(column.nbytes for column in packed.values()) - 1 <= most * len(array)
    assert sizes(np.array([254, 255, 1_022, 1_023, 4_095, 65_534, 65_535])).tolist() == [6, 4, 3, 1]
    assert width(0, np.zeros(4, dtype=np.int64)) == 0


@pytest.mark.parametrize("count", [254, 255, 256, 257, 65_535, 65_536, 65_537])
@pytest.mark.parametrize("far", [0, 3, -1])
def test_stretches_end_anywhere(count: int, far: int) -> None:
    """However many numbers there are, and wherever the large one stands, the last are among them."""
    array = np.zeros(count, dtype=np.uint32)
    array[far] = 1_000_000
    numbers = Small(pack_small(array, "x"), "x")
    assert np.array_equal(numbers.between(0, count), array)
    assert np.array_equal(numbers.between(count - 2, count), array[-2:])
    assert np.array_equal(numbers.at(np.array([count - 1, 0, 3])), array[[count - 1, 0, 3]])


def test_no_numbers_are_none() -> None:
    """An empty array is one that gives nothing."""
    places = Small(pack_small(np.zeros(0, dtype=np.uint32), "x"), "x")
    assert places.between(0, 0).tolist() == []
    assert places.at(np.zeros(0, dtype=np.int64)).tolist() == []

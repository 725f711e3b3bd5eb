"""The documents of posting lists come back, whichever lists and stretches are asked for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import gaps
from index.arrays import Array
from index.gaps import GapPacker, Gaps

SIZES = [60, 65_535, 65_536, 3_000_000]


def packed(lists: list[list[int]], size: int, cut: int) -> Gaps:
    """Pack lists in two pieces, the first of which ends anywhere."""
    term = np.repeat(np.arange(len(lists)), [*map(len, lists)])
    doc = np.array([doc for each in lists for doc in each], dtype=np.int64)
    packer = GapPacker("")
    arrays: dict[str, list[Array]] = {}
    for piece in (slice(cut), slice(cut, None)):
        for name, array in packer.add(term[piece], doc[piece]).items():
            arrays.setdefault(name, []).append(array)
    first = np.cumsum([0, *map(len, lists)]).astype(np.uint32)
    return Gaps({name: np.concatenate(parts) for name, parts in arrays.items()} | packer.finish(), "", first, size)


@given(st.sampled_from(SIZES), st.data())
@settings(deadline=None, max_examples=200)
def test_lists_come_back(size: int, data: st.DataObject) -> None:
    """One list, several in runs, any stretch, and how many are below a document, in segments of any size."""
    document = st.integers(0, min(size - 1, 40)) | st.integers(0, size - 1) | st.integers(max(size - 40, 0), size - 1)
    lists = [sorted(each) for each in data.draw(st.lists(st.sets(document, min_size=1, max_size=30), max_size=9))]
    flat = [doc for each in lists for doc in each]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(gaps, "STEP", data.draw(st.sampled_from([3, 8, 4_096])))
        docs = packed(lists, size, data.draw(st.integers(0, len(flat))))
        edges = np.cumsum([0, *map(len, lists)]).tolist()
        assert len(docs) == len(flat)
        for number, each in enumerate(lists):
            found = docs.one(edges[number], edges[number + 1])
            assert found.tolist() == each
            assert found.dtype == (np.uint16 if size < 65_536 else np.uint32)
            wanted = data.draw(document)
            expected = sum(doc < wanted for doc in each)
            assert docs.below(edges[number], edges[number + 1], wanted) == expected
        start = data.draw(st.integers(0, len(flat)))
        end = data.draw(st.integers(start, len(flat)))
        assert docs.between(start, end).tolist() == flat[start:end]
        chosen = [number for number in range(len(lists)) if data.draw(st.booleans())]
        if chosen:
            runs = [(edges[number], edges[number + 1]) for number in chosen]
            heads = np.cumsum([0, *(len(lists[number]) for number in chosen)])[:-1]
            assert docs.several(runs, heads).tolist() == [doc for number in chosen for doc in lists[number]]

"""Entries in blocks: what is put down in many runs, each in the order of ids, and read again in the order of all.

Only the first id of each block is to be put in order by whoever keeps them: 200,000 entries are put down in 0.1 s and
read in 0.2 s, where a row of SQLite for each took 0.3 and 0.45.
"""

import marshal
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from operator import itemgetter

from index.account_rows import Entry, Row

SIZE = 100
"""Entries in a block."""

AT_ONCE = 100
"""Blocks that are read together, at the least."""


def pack_entries(rows: Iterable[Row]) -> Iterator[tuple[str, bytes]]:
    """Yield blocks of the entries of a run, whose ids differ, in the order of ids, and the first id of each."""
    rows = sorted(rows)
    for start in range(0, len(rows), SIZE):
        yield rows[start][0], marshal.dumps(rows[start : start + SIZE])


def unpack_entries(block: bytes) -> list[Entry]:
    """Return the entries of a block."""
    return list(map(entry_of, marshal.loads(block)))


def entry_of(row: Row) -> Entry:
    """Return the entry that a row is of."""
    return Entry._make(row[:-1])


def merge_entries(blocks: Iterator[tuple[str, bytes]], runs: int) -> Iterator[list[Row]]:
    """Yield the rows in the blocks of ``runs`` runs by id, many at a time. The blocks come by their first ids."""
    waiting: list[Row] = []
    # As many as can be in the midst of a block, so that each entry is looked at twice or so.
    together = max(AT_ONCE, runs)
    ahead = next(blocks, None)
    while ahead:
        found = [ahead, *islice(blocks, together - 1)]
        ahead = next(blocks, None)
        waiting += chain.from_iterable(marshal.loads(block) for _, block in found)
        waiting.sort()
        end = bisect_left(waiting, (ahead[0],)) if ahead else len(waiting)
        ready = waiting[:end]
        del waiting[:end]
        if len(latest := {row[0]: row for row in ready}) < len(ready):
            latest = {row[0]: row for row in sorted(ready, key=itemgetter(0, -1))}
        if latest:
            yield list(latest.values())

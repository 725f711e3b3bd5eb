"""Whether the account is sound: its file, the seal of every row, and that it tells of the articles there are."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from index.account_rows import FILE, SEALED, lay_out

_REMEDY = f"Without {FILE}, 'backfile reindex' makes it anew: the articles stay, but deletions for good are forgotten"


def account_damage(folder: Path, generation: int, articles: Iterable[tuple[str, bytes]]) -> list[str]:
    """Return what is wrong with the account of a generation; empty when all is sound.

    ``articles`` are the ids and content hashes of what the generation holds, by id.
    """
    path = folder / FILE
    if not path.exists():
        return [f"{FILE} is missing. {_REMEDY}"]
    try:
        # Not read-only: what a run that was killed left half written is taken back by whoever opens the file next.
        uri = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, uri=True, timeout=60, isolation_level=None)) as connection:
            ((problem,),) = connection.execute("pragma integrity_check(1)")
            lay_out(connection)
            broken = [
                table
                for table, columns in SEALED.items()
                if connection.execute(f"select 1 from {table} where seal is not seal({columns}) limit 1").fetchone()
            ]
            query = "select id, digest from article where since <= ? and (until is null or until > ?) order by id"
            told = connection.execute(query, (generation, generation))
            more, missing, other = _differences(((name, bytes(content)) for name, content in told), articles)
    except (sqlite3.Error, UnicodeError) as error:
        return [f"{FILE} cannot be read ({error}). {_REMEDY}"]
    if problem != "ok":
        return [f"{FILE} is damaged ({' '.join(problem.split())}). {_REMEDY}"]
    if broken:
        return [f"{FILE} is damaged (checksums of rows in {', '.join(broken)}). {_REMEDY}"]
    if more or missing or other:
        return [
            f"{FILE} tells of other articles than the index holds: {more:,} too many, {missing:,} missing, "
            f"{other:,} with another content. {_REMEDY}"
        ]
    return []


def _differences(told: Iterable[tuple[str, bytes]], held: Iterable[tuple[str, bytes]]) -> tuple[int, int, int]:
    """Count, of two lists by id, what only the first has, what only the second has, and what is not the same."""
    more = missing = other = 0
    told, held = iter(told), iter(held)
    left, right = next(told, None), next(held, None)
    while left or right:
        if right is None or (left is not None and left[0] < right[0]):
            more += 1
            left = next(told, None)
        elif left is None or right[0] < left[0]:
            missing += 1
            right = next(held, None)
        else:
            other += left[1] != right[1]
            left, right = next(told, None), next(held, None)
    return more, missing, other

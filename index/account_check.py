"""Whether the account is sound: its file, the seal of every row, and that it tells of the articles there are."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from index.account_rows import FILE, SEALED, lay_out
from index.errors import VersionError

_REMEDY = f"Without {FILE}, 'backfile reindex' makes it anew: the articles stay, but deletions for good are forgotten"

_HEAD = 100
_CONSTANT = {18: b"\1\1", 21: b"\x40\x20\x20", 44: bytes(3) + b"\4" + bytes(11) + b"\1", 64: bytes(28)}
"""What SQLite writes into the head of an account beside counters, and may not look at before it is to write again."""


def account_damage(folder: Path, generation: int, articles: Iterable[tuple[str, bytes]] | None = None) -> list[str]:
    """Return what is wrong with the account of a generation; empty when all is sound.

    ``articles`` are the ids and content hashes of what the generation holds, by id; without them the account is held
    against itself alone.
    """
    path = folder / FILE
    if not path.exists():
        return [f"{FILE} is missing. {_REMEDY}"]
    try:
        # Not read-only: what a run that was killed left half written is taken back by whoever opens the file next.
        uri = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, uri=True, timeout=60, isolation_level=None)) as connection:
            # The first alone: in a file that is damaged, what is asked next may be anything.
            fault = next(_faults(connection, path, generation, articles), None)
    except VersionError as error:
        return [str(error).removesuffix(".")]
    except (sqlite3.Error, UnicodeError) as error:
        fault = f"cannot be read ({' '.join(str(error).split())})"
    return [f"{FILE} {fault}. {_REMEDY}"] if fault else []


def _faults(
    connection: sqlite3.Connection, path: Path, generation: int, articles: Iterable[tuple[str, bytes]] | None
) -> Iterator[str]:
    """Yield what is wrong with an account, what the rest stands on first."""
    ((problem,),) = connection.execute("pragma integrity_check(1)")
    if problem != "ok":
        yield f"is damaged ({' '.join(problem.split())})"
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if any(head[at : at + len(known)] != known for at, known in _CONSTANT.items()):
        yield "is damaged (its header)"
    lay_out(connection)
    broken = [
        table
        for table, columns in SEALED.items()
        if connection.execute(f"select 1 from {table} where seal is not seal({columns}) limit 1").fetchone()
    ]
    if broken:
        yield f"is damaged (checksums of rows in {', '.join(broken)})"
    # Beyond its seal, since it is written when the article goes: a run's own generation is at most the next.
    astray = "select 1 from article where until not between since + 1 and ? limit 1"
    if connection.execute(astray, (generation + 1,)).fetchone():
        yield "is damaged (articles that end before they begin, or after the newest generation)"
    if articles is None:
        return
    query = "select id, digest from article where since <= ? and (until is null or until > ?) order by id"
    told = connection.execute(query, (generation, generation))
    more, missing, other = _differences(((name, bytes(content)) for name, content in told), articles)
    if more or missing or other:
        yield (
            f"tells of other articles than the index holds: {more:,} too many, {missing:,} missing, "
            f"{other:,} with another content"
        )


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
            # Empty where an earlier Backfile hashed it in another way.
            other += left[1] not in (b"", right[1])
            left, right = next(told, None), next(held, None)
    return more, missing, other

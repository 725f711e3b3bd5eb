"""Whether the account is sound: its file, the seal of every row, and that it tells of the articles there are."""

import sqlite3
from collections.abc import Set
from contextlib import closing
from pathlib import Path

from index.account_rows import FILE, SEALED, lay_out

_REMEDY = f"Without {FILE}, 'backfile reindex' makes it anew: the articles stay, but deletions for good are forgotten"


def account_damage(folder: Path, generation: int, identifiers: Set[str]) -> list[str]:
    """Return what is wrong with the account of a generation that holds these articles; empty when all is sound."""
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
            query = "select id from article where since <= ? and (until is null or until > ?)"
            known = {identifier for (identifier,) in connection.execute(query, (generation, generation))}
    except (sqlite3.Error, UnicodeError) as error:
        return [f"{FILE} cannot be read ({error}). {_REMEDY}"]
    if problem != "ok":
        return [f"{FILE} is damaged ({' '.join(problem.split())}). {_REMEDY}"]
    if broken:
        return [f"{FILE} is damaged (checksums of rows in {', '.join(broken)}). {_REMEDY}"]
    if known != identifiers:
        more, missing = len(known - identifiers), len(identifiers - known)
        return [
            f"{FILE} tells of other articles than the index holds: {more:,} too many, {missing:,} missing. {_REMEDY}"
        ]
    return []

"""Losses: what an index that is damaged would take with it when it is built anew."""

from collections import Counter

from index.errors import DamagedIndexError
from index.sources import STANDARD_INPUT
from index.writer import Writer

_UNNAMED = {"": "of unknown sources", STANDARD_INPUT: "of standard input"}


def losses(writer: Writer, allowed: bool) -> list[str]:
    """Say which articles an index built afresh would be without, since they could neither be read anew nor kept.

    Call it when all that there is has been taken in. Raises DamagedIndexError where any would go that are not allowed
    to.
    """
    if writer.unreadable is None:
        return []
    if not len(writer.account) and not allowed:
        raise DamagedIndexError(
            "Articles of sources that are not named may be lost with what is damaged: the account, which would know of "
            "them, is lost as well. Nothing was changed. Name every source and say --allow-deletes, or restore a "
            f"backup. {writer.unreadable}"
        )
    lost = Counter(_UNNAMED.get(entry.source, f"of {entry.source}") for entry in writer.lost())
    if not lost:
        return []
    told = ", ".join(f"{count:,} {source}" for source, count in sorted(lost.items()))
    if not allowed:
        raise DamagedIndexError(
            f"Articles would be lost with what is damaged: {told}. Nothing was changed. Name their sources too "
            "('backfile reindex SOURCE...'), restore a backup, or let them go with --allow-deletes. "
            f"{writer.unreadable}"
        )
    return [f"the damaged index took articles with it: {told}"]

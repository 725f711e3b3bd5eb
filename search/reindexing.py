"""``backfile reindex``: an index built afresh takes its place, if the gate lets it."""

from dataclasses import astuple
from pathlib import Path
from typing import Any

import click

from index import indexing, reindexing
from index.command_line import WritingCommand
from index.commands import given_manner, given_settings, print_report, run_options
from index.generation import generations, open_generation
from search.commands import FIGURES, plain
from search.errors import GateError
from search.evaluation import read_judgments, read_queries
from search.gate import Change, Comparison, Gate

MOST_SHOWN = 20
"""Changed queries that are printed; ``--json`` has them all."""

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("reindex", cls=WritingCommand, short_help="Build the index afresh while searches go on.")
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option(
    "--gate",
    "queries",
    type=_FILE,
    metavar="QUERIES",
    help="Ask the queries of this file (a line each: id, tab, text) of the old index and the new, and print what "
    "changes.",
)
@click.option(
    "--qrels",
    type=_FILE,
    metavar="FILE",
    help="With --gate: judgments (a line each: query's id, tab, article's id, tab, grade) to measure both by.",
)
@click.option(
    "--tolerance",
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="X",
    help="With --gate: the new index takes its place if at most this share of the queries has another top ten; with "
    "--qrels if the mean nDCG@10 falls by at most this.  [default: 0]",
)
@run_options
def reindex_command(
    sources: tuple[str, ...], queries: Path | None, qrels: Path | None, tolerance: float, folder: Path, **options: Any
) -> None:
    """Build the whole index afresh, while searches go on with the old one.

    With a SOURCE its articles are read again and the others taken as they are stored; without, all are. The new index
    takes its place in one step, or with --gate not at all if it changes too many answers; with --dry-run as well, what
    changes is all there is to see.

    \b
    backfile reindex
    backfile reindex ~/archive --title-weight 3
    backfile reindex --gate queries.tsv --tolerance 0.05
    backfile reindex --title-weight 3 --gate queries.tsv --qrels qrels.tsv --dry-run
    """
    gate = _gate(folder, queries, qrels, tolerance)
    wanted = {name: options[name] for name in ("allow_deletes", "dry_run", "memory", "workers", "quiet")}
    wanted |= {"settings": given_settings(folder, options), "review": gate}
    if sources:
        manner = given_manner(options)
        report = indexing.index(folder, sources, afresh=True, manner=manner, **wanted)
    else:
        report = reindexing.rebuild(folder, **wanted)
    compared = gate.comparison if gate else None
    if compared and not options["as_json"]:
        _print_comparison(compared)
    if compared and not compared.passed:
        raise GateError(
            f"{_measure(compared)}, and the tolerance is {compared.tolerance:g}. The old index stays. "
            "Raise --tolerance if this is as it should be.",
            gate=_as_json(compared),
        )
    print_report(report, {"gate": _as_json(compared)} if compared else {}, **options)


def _gate(folder: Path, queries: Path | None, qrels: Path | None, tolerance: float) -> Gate | None:
    if queries is None:
        if qrels is not None or tolerance:
            raise click.UsageError("--qrels and --tolerance say what --gate lets through: name its QUERIES too.")
        return None
    if not generations(folder):
        raise GateError(f"There is no index in {folder} to compare with. Leave out --gate.")
    open_generation(folder)
    return Gate(read_queries(queries), read_judgments(qrels) if qrels else None, tolerance)


def _measure(compared: Comparison) -> str:
    if compared.figures:
        return f"The mean nDCG@10 falls by {compared.measured:.4f}"
    return f"{compared.measured:.4f} of the queries have another top ten"


def _print_comparison(compared: Comparison) -> None:
    moved = sum(change.moved for change in compared.changes)
    click.echo(
        f"{compared.queries:,} queries: {moved:,} have another top ten, "
        f"{len(compared.changes) - moved:,} only another total."
    )
    for change in compared.changes[:MOST_SHOWN]:
        click.echo(f"  {plain(change.id)}: {plain(change.text)}")
        click.echo(f"    {' -> '.join(f'{total:,}' for total in change.totals)} articles{_told(change)}")
    if len(compared.changes) > MOST_SHOWN:
        click.echo(f"  ... {len(compared.changes) - MOST_SHOWN:,} more; --json has them all")
    if compared.figures:
        for name, (old, new) in zip(FIGURES, zip(*map(astuple, compared.figures), strict=True), strict=True):
            click.echo(f"{name:<12}{old:.4f} -> {new:.4f}")


def _told(change: Change) -> str:
    """Say what became of the first hits: which went, which came, or that they stand in another order."""
    old, new = change.tops
    gone, come = [name for name in old if name not in new], [name for name in new if name not in old]
    if gone or come:
        return "; top ten: " + plain(", ".join([*(f"-{name}" for name in gone), *(f"+{name}" for name in come)]))
    return "; top ten in another order" if change.moved else ""


def _as_json(compared: Comparison) -> dict[str, Any]:
    changes = [
        {"id": change.id, "query": change.text, "totals": change.totals, "top": change.tops}
        for change in compared.changes
    ]
    figures = None
    if compared.figures:
        figures = [dict(zip(FIGURES, astuple(one), strict=True)) for one in compared.figures]
    measured = {"measured": compared.measured, "tolerance": compared.tolerance, "passed": compared.passed}
    return {"queries": compared.queries, "changes": changes, "figures": figures} | measured

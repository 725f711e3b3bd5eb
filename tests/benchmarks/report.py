"""The table, as text or as Markdown, and what has to be known to read it; the same as JSON."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.engines import BACKFILE, PAGE, Specification
from tests.benchmarks.figures import (
    ROWS,
    Corpus,
    Run,
    agreement,
    median_ratio,
    median_value,
)
from tests.benchmarks.measure import OPENINGS, PASSES, QUICK_PASSES, QUICK_SECONDS
from tests.benchmarks.queries import Kind, Query

NOTHING = "-"

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Report:
    """All that was found: which engines, over what, in how many runs, and how steady the machine was.

    ``pulse`` is the milliseconds that a fixed loop took at various times of all runs.
    """

    engines: tuple[Specification, ...]
    source: str
    corpus: Corpus
    queries: Mapping[Kind, tuple[Query, ...]]
    workers: int
    runs: tuple[Run, ...]
    pulse: tuple[float, ...]
    machine: str
    versions: str

    @property
    def reference(self) -> Specification:
        """The engine that the others are compared with: Backfile, where it takes part."""
        return next((engine for engine in self.engines if engine.name == BACKFILE), self.engines[0])

    @property
    def peers(self) -> tuple[Specification, ...]:
        """All the other engines."""
        return tuple(engine for engine in self.engines if engine is not self.reference)


def as_text(report: Report, *, markdown: bool = False) -> str:
    """Print the whole report."""
    table = _markdown if markdown else _aligned
    parts = [
        f"{report.corpus.articles:,} articles, {report.corpus.text_bytes / 1e6:.1f} MB of text, from {report.source}",
        report.machine,
        report.versions,
        table(_figures(report)),
    ]
    if report.peers:
        parts.append(table(_agreements(report)))
    parts.append("\n".join(f"- {note}" for note in _notes(report)))
    return "\n\n".join(parts) + "\n"


def as_json(report: Report) -> dict[str, Any]:
    """Return the whole report as values of JSON."""
    reference = report.reference
    return {
        "source": report.source,
        "articles": report.corpus.articles,
        "text_bytes": report.corpus.text_bytes,
        "workers": report.workers,
        "queries": {kind.name.lower(): len(queries) for kind, queries in report.queries.items()},
        "machine": report.machine,
        "versions": report.versions,
        "fixed_loop_ms": list(report.pulse),
        "medians": {
            measure.label: {
                engine.name: median_value(measure, engine.name, report.runs, report.corpus) for engine in report.engines
            }
            for measure in ROWS
        },
        "times_better": {
            measure.label: {
                peer.name: median_ratio(measure, reference.name, peer.name, report.runs, report.corpus)
                for peer in report.peers
            }
            for measure in ROWS
        },
        "totals_agree": {
            kind.value: {peer.name: agreement(reference.name, peer.name, kind, report.runs) for peer in report.peers}
            for kind in Kind
        },
        "runs": [
            {
                engine.name: {
                    measure.label: median_value(measure, engine.name, [run], report.corpus) for measure in ROWS
                }
                for engine in report.engines
            }
            for run in report.runs
        ],
    }


def _figures(report: Report) -> list[Row]:
    reference = report.reference
    rows: list[Row] = [
        ["", *(_label(engine, report) for engine in report.engines), *(f"vs {peer.label}" for peer in report.peers)]
    ]
    for measure in ROWS:
        values = [median_value(measure, engine.name, report.runs, report.corpus) for engine in report.engines]
        ratios = [median_ratio(measure, reference.name, peer.name, report.runs, report.corpus) for peer in report.peers]
        rows.append([measure.label, *map(_number, values), *map(_times, ratios)])
    return rows


def _agreements(report: Report) -> list[Row]:
    reference = report.reference
    peers = [peer for peer in report.peers if peer.index_of is None]
    rows: list[Row] = [[f"totals within 1% of {reference.label}'s", *(peer.label for peer in peers)]]
    for kind in Kind:
        shares = [agreement(reference.name, peer.name, kind, report.runs) for peer in peers]
        rows.append([kind.value, *(NOTHING if share is None else f"{share:.0%}" for share in shares)])
    return rows


def _notes(report: Report) -> list[str]:
    drawn = {len(queries) for queries in report.queries.values()}
    several = len(report.runs) > 1
    notes = [
        f"Figures are medians of {len(report.runs)} runs." if several else "One run.",
        f"'vs' says how many times better {report.reference.label} is than the peer in that row, faster, smaller or "
        f"more a second; below 1 it is worse{' (the median of each run’s own ratio)' if several else ''}.",
        f"{' to '.join(str(count) for count in sorted({min(drawn), max(drawn)}))} queries of each kind, drawn from "
        f"the articles with a fixed seed, each timed by itself, the median of {PASSES} passes counting, of "
        f"{QUICK_PASSES} where a pass takes under {QUICK_SECONDS} s. The engines "
        "take turns pass by pass, each in a process of its own, after some unmeasured queries. 'At first' "
        "is the first pass, in which nothing has been asked for before. No engine keeps answers.",
        f"Everyone returns the ids of the first {PAGE} and, but for 'no total', the exact number of matches; with "
        f"facets also counts by section and by month over all matches. Words are looked for in title and body alike; "
        "Backfile and FTS5 let a word of the title count twice, Whoosh and tantivy have title and body in one field, "
        "which spares them work, and count it once. Stop words are not among the queries.",
        "Everyone stores id, section, date, title and body, and keeps positions. Indexing is measured in a running "
        "interpreter from opening the JSON lines to the commit that outlives a crash; the peers read them by "
        "json.loads. Memory is summed over all processes; 'private' leaves out what is mapped from files. Opening is "
        f"measured in a fresh process with the files in the system's cache, the median of {OPENINGS}.",
        *(note for engine in report.engines for note in engine.notes),
        *_cuts(report),
        f"A fixed loop of Python, run now and then in between, took {min(report.pulse):.1f} to "
        f"{max(report.pulse):.1f} ms, {statistics.median(report.pulse):.1f} in the median: how steady the machine was.",
    ]
    if not all(report.queries.values()):
        missing = ", ".join(kind.value for kind, queries in report.queries.items() if not queries)
        notes.append(f"The articles hold nothing to draw these from: {missing}.")
    return notes


def _cuts(report: Report) -> list[str]:
    """Say where an engine was too slow for all queries and passes."""
    cuts = []
    for engine in report.engines:
        slow = []
        for kind, queries in report.queries.items():
            answered = [run[engine.name].answered[kind] for run in report.runs]
            fewest = min(len(each.milliseconds) for each in answered)
            if fewest < len(queries):
                slow.append(f"{fewest} of {len(queries)} queries for '{kind.value}'")
            elif queries and min(each.passes for each in answered) < PASSES:
                slow.append(f"one pass for '{kind.value}'")
        if slow:
            cuts.append(
                f"{engine.label} was given less to do, since it is slow: {'; '.join(slow)}. It is compared over the "
                "queries that it answered."
            )
    return cuts


def _label(engine: Specification, report: Report) -> str:
    if not engine.takes_workers or report.workers == 1:
        return engine.label
    return f"{engine.label} ({report.workers} workers)"


def _number(value: float | None) -> str:
    """Write a number with three figures that count."""
    if value is None:
        return NOTHING
    if value >= 100:
        return f"{value:,.0f}"
    decimals = 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:.{decimals}f}"


def _times(ratio: float | None) -> str:
    if ratio is None:
        return NOTHING
    return f"{_number(ratio)}x" if ratio >= 1 else f"{ratio:.2g}x"


def _aligned(rows: Sequence[Row]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for number, (head, *cells) in enumerate(rows):
        padded = (cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        lines.append("  ".join([head.ljust(widths[0]), *padded]).rstrip())
        if number == 0:
            lines.append("  ".join("-" * width for width in widths))
    return "\n".join(lines)


def _markdown(rows: Sequence[Row]) -> str:
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, f"| --- |{' ---: |' * (len(rows[0]) - 1)}", *body])

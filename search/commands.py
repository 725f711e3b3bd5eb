"""The commands that search."""

import datetime
from pathlib import Path
from typing import Any

import click

from index.command_line import Command, index_option, json_option, print_json
from index.errors import BackfileError
from search.dates import days
from search.errors import Problem, RequestError
from search.evaluation import Evaluation, evaluate, read_judgments, read_queries
from search.request import MATCHES, MAX_PAGE_SIZE, ORDERS, SearchRequest
from search.results import Hit, SearchResults, Snippet
from search.searcher import open_searcher

FIGURES = ("nDCG@10", "MAP", "recall@100")


class Day(click.ParamType[datetime.date]):
    """An ISO date; a year or a month alone stands for its first or its last day."""

    name = "date"

    def __init__(self, *, last: bool) -> None:
        self._last = last

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime.date:
        """Return the day that a text names."""
        found = days(str(value))
        if found is None:
            self.fail(f"{value!r} is no date; 2021, 2021-01 and 2021-01-18 are.", param, ctx)
        return found[self._last]


class Count(click.ParamType[int]):
    """A whole number within limits."""

    name = "n"

    def __init__(self, least: int, most: int | None = None) -> None:
        self._least = least
        self._most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number that a text says."""
        try:
            count = int(value)
        except ValueError:
            self.fail("a whole number is wanted", param, ctx)
        if count < self._least or (self._most is not None and count > self._most):
            limits = f"from {self._least} to {self._most}" if self._most is not None else f"{self._least} or more"
            self.fail(f"it has to be {limits}", param, ctx)
        return count


def search_options(command: Any) -> Any:
    """Give a command a search request's options; it is called with the request."""
    for option in reversed(
        (
            click.argument("words", nargs=-1, metavar="[QUERY]..."),
            index_option,
            click.option("--section", "sections", multiple=True, metavar="S", help="Only this section; repeatable."),
            click.option(
                "--language", "languages", multiple=True, metavar="TAG", help="Only this language; repeatable."
            ),
            click.option("--from-date", type=Day(last=False), metavar="D", help="From this day on."),
            click.option("--to-date", type=Day(last=True), metavar="D", help="Up to this day, included."),
            click.option(
                "--order-by",
                type=click.Choice(ORDERS),
                default="relevance",
                show_default=True,
                help="Which hits come first.",
            ),
            click.option(
                "--match",
                type=click.Choice(MATCHES),
                default="auto",
                show_default=True,
                help="How many of the words an article has to hold: auto is all, or most where hardly any has all.",
            ),
            click.option("--page", type=Count(1), default=1, show_default=True, help="Which page of the hits."),
            click.option(
                "--page-size",
                type=Count(0, MAX_PAGE_SIZE),
                default=10,
                show_default=True,
                help="Hits a page.",
            ),
            json_option,
        )
    ):
        command = option(command)
    return command


def print_results(results: SearchResults, *, colour: bool) -> None:
    """Print hits for a person: rank, date, section, title with its marks, passages."""
    words = {"all": "", "any": " with any of the words", "most": f" with at least {results.min_words} of the words"}
    click.echo(f"{results.total:,} article{'s' * (results.total != 1)}{words[results.match]}")
    for warning in results.warnings:
        click.echo(f"backfile: {warning}", err=True)
    for rank, hit in enumerate(results.hits, (results.page - 1) * results.request.page_size + 1):
        click.echo()
        _print_hit(rank, hit, colour)
    if results.page < results.pages:
        click.echo(f"\npage {results.page} of {results.pages:,}; the next is --page {results.page + 1}")


def _print_hit(rank: int, hit: Hit, colour: bool) -> None:
    title = _marked(hit.marked_title, colour) if hit.title else "(no headline)"
    click.echo(f"{rank:>3}. {title}")
    about = [str(part) for part in (written_date(hit.date), hit.section, hit.byline, hit.id) if part]
    click.echo("     " + click.style(plain(" · ".join(about)), dim=colour))
    for snippet in hit.snippets:
        ends = "… " * snippet.cut_before, " …" * snippet.cut_after
        click.echo(f"     {ends[0]}{_marked(snippet, colour)}{ends[1]}")


def written_date(date: datetime.date | None) -> str:
    """A date as it is printed: to the minute where it is known to the minute."""
    return f"{date:%Y-%m-%d %H:%M}" if isinstance(date, datetime.datetime) else f"{date or ''}"


def _marked(snippet: Snippet, colour: bool) -> str:
    pieces, at = [], 0
    for start, end in snippet.ranges:
        match = plain(snippet.text[start:end])
        pieces += [plain(snippet.text[at:start]), click.style(match, bold=True) if colour else match]
        at = end
    return "".join([*pieces, plain(snippet.text[at:])])


def plain(text: str) -> str:
    """Leave out what would steer a terminal instead of showing."""
    return "".join(char if char.isprintable() else " " for char in text)


def run(folder: Path, **asked: Any) -> SearchResults:
    """Search an index once. What is wrong with what is asked is told by the names that the options have."""
    try:
        request = SearchRequest(**asked)
        with open_searcher(folder) as searcher:
            return searcher.search(request)
    except RequestError as error:
        error.args = ("; ".join(map(_told, error.problems)),)
        raise


def _told(problem: Problem) -> str:
    where = "" if problem.start is None else f", character {problem.start + 1}"
    name = "query" if problem.parameter == "query" else f"--{problem.parameter.replace('_', '-')}"
    return f"{name}{where}: {problem.reason}"


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("evaluate", cls=Command, short_help="Measure how well queries with known answers are answered.")
@click.argument("queries", type=_FILE)
@click.argument("judgments", type=_FILE, metavar="QRELS")
@click.option(
    "--run",
    "to",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write what was found there: query id, article id and score, with tabs between, best first.",
)
@index_option
@json_option
def evaluate_command(queries: Path, judgments: Path, to: Path | None, folder: Path, as_json: bool) -> None:
    """Measure how well the index answers queries whose answers are known.

    QUERIES holds a query a line: its id, a tab, its text. QRELS holds a judgment a line: a query's id, an article's
    id, a grade, with tabs between; a grade over 0 says that the article is relevant. Each query is taken as plain
    words, any of which is enough.

    \b
    backfile evaluate queries.tsv qrels.tsv
    backfile evaluate queries.tsv qrels.tsv --run run.tsv --json
    """
    measured = evaluate(folder, read_queries(queries), read_judgments(judgments))
    if to is not None:
        _write_run(measured, to)
    for unknown, what in (
        (measured.unknown_queries, f"of the judged queries not in {queries}"),
        (measured.unknown_articles, "of the judged articles not in the index"),
    ):
        if unknown:
            some = ", ".join(unknown[:5]) + ", …" * (len(unknown) > 5)
            click.echo(f"backfile: {len(unknown):,} {what}: {plain(some)}", err=True)
    means = dict(zip(FIGURES, (measured.ndcg, measured.mean_average_precision, measured.recall), strict=True))
    if as_json:
        counts = {"queries": measured.queries, "unjudged": measured.unjudged}
        unknown_ids = {"unknown_queries": measured.unknown_queries, "unknown_articles": measured.unknown_articles}
        print_json(counts | means | unknown_ids)
        return
    for name, mean in means.items():
        click.echo(f"{name:<12}{mean:.4f}")
    click.echo(f"{'queries':<12}{measured.queries:,}" + f", {measured.unjudged:,} unjudged" * (measured.unjudged > 0))


def _write_run(measured: Evaluation, to: Path) -> None:
    try:
        with to.open("w", encoding="utf-8", newline="\n") as run:
            for query, ranking in measured.rankings.items():
                run.writelines(f"{query}\t{identifier}\t{score:.6f}\n" for identifier, score in ranking)
    except OSError as error:
        raise BackfileError(f"{to} could not be written: {error.strerror}.") from None

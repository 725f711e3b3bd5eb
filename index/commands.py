"""The commands that write an index, and those that tell of it."""

import datetime
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click
import numpy as np

from index import indexing
from index.changed import Changes
from index.command_line import (
    Command,
    WritingCommand,
    articles,
    index_option,
    json_option,
    print_json,
    quiet_option,
    setting_option,
)
from index.generation import last_settings, open_generation
from index.history import History, history
from index.indexing import Report
from index.manifest import IndexSettings
from index.schema import UNDATED, moment
from index.settings import MEMORY, SETTINGS, WORKERS
from index.sources import FORMATS, Manner, is_address, read_names
from index.watching import keep_in_step


def run_options(command: Any) -> Any:
    """Give a command the options that ``index`` and ``reindex`` share."""
    for option in reversed(
        (
            index_option,
            setting_option(WORKERS),
            setting_option(MEMORY),
            click.option(
                "--time-zone", metavar="ZONE", help="The archive's time zone, fixed from here on, as Europe/Berlin."
            ),
            click.option("--language", metavar="TAG", help="The language of articles whose own is not known, as de."),
            click.option(
                "--format",
                "format_name",
                type=click.Choice([form.name for form in FORMATS]),
                help="What every file is, whatever its name.  [default: by name and content]",
            ),
            click.option(
                "--map",
                "names",
                multiple=True,
                metavar="FIELD=NAME",
                help="The column or key that holds a field, as title=headline.",
            ),
            click.option("--title-weight", type=float, metavar="X", help="How often a word in a title counts."),
            click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing."),
            click.option("--strict", is_flag=True, help="Exit with status 1 if any article is rejected."),
            click.option(
                "--allow-deletes",
                is_flag=True,
                help="Let more than half of a source's articles go, or what a damaged index loses.",
            ),
            json_option,
            quiet_option,
        )
    ):
        command = option(command)
    return command


@click.command("index", cls=WritingCommand)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--keep-missing", is_flag=True, help="Keep articles that their source holds no longer.")
@click.option("--watch", is_flag=True, help="Stay, and bring the index in step after every change in the sources.")
@run_options
def index_command(sources: tuple[str, ...], keep_missing: bool, watch: bool, folder: Path, **options: Any) -> None:
    """Bring the index in step with its sources.

    A SOURCE is a file, a folder, the address of a feed, or - for standard input. New articles come in, changed ones are
    replaced, those that their source holds no longer go. Files that have not changed are not read again.

    \b
    backfile index ~/archive
    backfile index articles.jsonl.gz --index /var/lib/backfile
    backfile index ~/archive --watch
    backfile index export.csv --map title=headline --map body=text
    backfile index https://example.org/feed.xml
    zcat dump.jsonl.gz | backfile index -
    """

    def run(changes: Changes | None = None) -> Report:
        return indexing.index(
            folder,
            sources,
            settings=given_settings(folder, options),
            allow_deletes=options["allow_deletes"],
            keep_missing=keep_missing,
            dry_run=options["dry_run"],
            memory=options["memory"],
            workers=options["workers"],
            quiet=options["quiet"],
            manner=given_manner(options),
            changes=changes,
        )

    if not watch:
        print_report(run(), **options)
        return
    streams = [(name == "-" or is_address(name), name) for name in sources]
    for given, name in ((options["as_json"], "--json"), (options["dry_run"], "--dry-run"), *streams):
        if given:
            raise click.UsageError(f"--watch stays until it is stopped: leave out {name}.")
    keep_in_step(
        sources,
        folder,
        run,
        lambda report: _print_step(report, quiet=options["quiet"]),
        lambda error: click.echo(f"backfile: {error}", err=True),
    )


def _print_step(report: Report, *, quiet: bool) -> None:
    """Print a line on a run of many, if it has done anything."""
    done = [f"{getattr(report, name):,} {name}" for name in ("added", "updated", "deleted") if getattr(report, name)]
    if done and not quiet:
        now = datetime.datetime.now().astimezone()
        click.echo(f"{now:%H:%M:%S}  {', '.join(done)}; {articles(report.articles)} in the index.")
    for failure in report.failures:
        click.echo(f"backfile: {failure}.", err=True)


@click.command("delete", cls=WritingCommand)
@click.argument("identifiers", nargs=-1, required=True, metavar="ID...")
@click.option("--undo", is_flag=True, help="Let articles that were deleted be indexed again.")
@index_option
@json_option
@quiet_option
@click.pass_context
def delete_command(
    context: click.Context, identifiers: tuple[str, ...], undo: bool, folder: Path, as_json: bool, quiet: bool
) -> None:
    """Take articles out for good.

    A later run of index does not bring them back, unless --undo lets it.

    \b
    backfile delete 2021/01/karabakh.txt
    backfile delete --undo 2021/01/karabakh.txt
    """
    unknown = indexing.delete(folder, identifiers, undo=undo)
    done = len(identifiers) - len(unknown)
    if as_json:
        print_json({"restored" if undo else "deleted": done, "unknown": unknown})
    elif not quiet:
        click.echo(f"{done:,} {'may be indexed again' if undo else 'deleted'}.")
    for identifier in unknown:
        click.echo(f"backfile: {identifier}: {'was not deleted' if undo else 'no article has this id'}.", err=True)
    if unknown:
        context.exit(1)


@click.command("stats", cls=Command, short_help="Tell how many articles, sections, languages there are.")
@index_option
@json_option
def stats_command(folder: Path, as_json: bool) -> None:
    """Tell what is in the index: articles, sections, languages, dates, size.

    \b
    backfile stats
    backfile stats --json --index /var/lib/backfile
    """
    generation = open_generation(folder)
    live = [segment.live for segment in generation.segments]
    sections = Counter(
        name
        for segment in generation.segments
        for name, alive in zip(segment.sections, segment.live, strict=True)
        if alive
    )
    languages = Counter(
        name
        for segment in generation.segments
        for name, alive in zip(segment.languages, segment.live, strict=True)
        if alive
    )
    stamps = np.concatenate(
        [s.stamps[alive] for s, alive in zip(generation.segments, live, strict=True)] or [np.zeros(0, dtype=np.int64)]
    )
    dated = stamps[stamps != UNDATED]
    stats = {
        "articles": generation.manifest.articles,
        "generation": generation.number,
        "segments": len(generation.segments),
        "bytes": sum(path.stat().st_size for path in folder.iterdir() if path.is_file()),
        "updated": generation.manifest.committed,
        "sections": {name or "": count for name, count in sections.most_common()},
        "languages": dict(languages.most_common()),
        "first_date": moment(int(dated.min())).date().isoformat() if len(dated) else None,
        "last_date": moment(int(dated.max())).date().isoformat() if len(dated) else None,
    }
    if as_json:
        print_json(stats)
        return
    updated = datetime.datetime.fromisoformat(generation.manifest.committed)
    click.echo(
        f"{articles(generation.manifest.articles)}, from {stats['first_date'] or '?'} to {stats['last_date'] or '?'}"
    )
    click.echo(
        f"generation {stats['generation']}, {stats['segments']} segments, {stats['bytes']:,} bytes, "
        f"{updated:%d %B %Y, %H:%M} UTC"
    )
    for heading, counts in (("sections", sections), ("languages", languages)):
        click.echo(f"\n{heading}")
        for name, count in counts.most_common():
            click.echo(f"  {count:>9,}  {name or '(none)'}")


@click.command("log", cls=Command, short_help="Tell what became of an article or a file, and why.")
@click.argument("names", nargs=-1, required=True, metavar="ID-or-FILE...")
@index_option
@json_option
@click.pass_context
def log_command(context: click.Context, names: tuple[str, ...], folder: Path, as_json: bool) -> None:
    """Tell when an article or a file was read, what became of it, and why.

    An article is named by its id, a file by its path within its source or by any path that leads to it.

    \b
    backfile log 2021/01/karabakh.txt
    backfile log ~/archive/2021.jsonl --json
    """
    found = {name: history(folder, name) for name in names}
    unknown = [name for name, histories in found.items() if not histories]
    if as_json:
        print_json({"found": [asdict(one) for histories in found.values() for one in histories], "unknown": unknown})
    else:
        for one in chain.from_iterable(found.values()):
            _print_history(one)
    for name in unknown:
        click.echo(f"backfile: {name}: neither an article nor a file of this name has been read.", err=True)
    if unknown:
        context.exit(1)


def _print_history(one: History) -> None:
    where = f" in {one.source}" if one.source else ""
    match one.kind, one.there:
        case "article", True:
            click.echo(f"{one.name}: an article, from {one.place}{where}")
        case "article", False:
            click.echo(f"{one.name}: an article that is not in the index")
        case _:
            click.echo(f"{one.name}: a file{where}{'' if one.there else ', not known any more'}")
    for event in one.happenings:
        at = event.at.replace("T", " ").replace("+00:00", " UTC") or "at some time"
        what = [event.origin if event.origin != one.place else "", event.id or "" if one.kind == "file" else ""]
        told = "; ".join(filter(None, [", ".join(dict.fromkeys(filter(None, what))), event.reason]))
        click.echo(f"  {at:<23}  {event.outcome:<9}  {told}".rstrip())


@click.command("settings", cls=Command, short_help="Print every setting, its default and its variable.")
@json_option
def settings_command(as_json: bool) -> None:
    """Print every setting: its default, its environment variable, and what it is.

    \b
    backfile settings
    BACKFILE_MEMORY=1024 backfile settings --json
    """
    if as_json:
        print_json(
            {
                s.name: {
                    "default": str(s.default),
                    "value": str(s.value()),
                    "environment": s.environment,
                    "help": s.help,
                }
                for s in SETTINGS
            }
        )
        return
    for setting in SETTINGS:
        click.echo(f"{setting.name:<20}{setting.default!s:<16}{setting.environment:<30}{setting.help}")


COMMANDS = (index_command, delete_command, stats_command, log_command, settings_command)


def given_settings(folder: Path, options: dict[str, Any]) -> IndexSettings | None:
    """Return what the options say of the index as a whole, or None where they say nothing."""
    names = ("time_zone", "language", "title_weight")
    given = {name: options[name] for name in names if options[name] is not None}
    if not given:
        return None
    there = last_settings(folder) or IndexSettings()
    return replace(there, **given)


def given_manner(options: dict[str, Any]) -> Manner:
    """Return how the options say that sources are to be read."""
    return Manner(options["format_name"], read_names(options["names"]))


def print_report(
    report: Report,
    more: Mapping[str, Any] = MappingProxyType({}),
    *,
    as_json: bool,
    quiet: bool,
    strict: bool,
    dry_run: bool,
    **_: Any,
) -> None:
    """Print what a run did, with ``more`` in its JSON; the exit status is 1 where not all that was asked was done."""
    if as_json:
        print_json({**report.as_json(), **more})
    elif not quiet:
        parts = ", ".join(
            f"{getattr(report, name):,} {name}"
            for name in ("added", "updated", "unchanged", "deleted", "rejected", "duplicates")
        )
        click.echo(f"{'Would be: ' if dry_run else ''}{report.read:,} read: {parts}; {report.warnings:,} warnings.")
        click.echo(f"{articles(report.articles)} in the index; {report.seconds:.1f} s.")
    if not as_json:
        # What is told of a source as a whole comes below.
        for rejection in report.rejections[:20]:
            if f"{rejection.origin} {rejection.reason}" in report.failures:
                continue
            click.echo(f"backfile: {rejection.origin}: {rejection.reason}", err=True)
        if len(report.rejections) > 20:
            click.echo(f"backfile: ... {report.rejected + report.duplicates - 20:,} more", err=True)
    for failure in report.failures:
        click.echo(f"backfile: {failure}.", err=True)
    if report.failures or (strict and report.rejected):
        click.get_current_context().exit(1)

"""The commands that write an index, and those that tell of it."""

import datetime
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from index import indexing
from index.account import account_damage
from index.command_line import Command, index_option, json_option, print_json, quiet_option, setting_option
from index.generation import Generation, damage, last_settings, newest, open_generation
from index.indexing import Report
from index.manifest import IndexSettings
from index.schema import UNDATED, moment
from index.settings import MEMORY, SETTINGS, WORKERS
from index.sources import FORMATS, Manner, read_names


def _run_options(command: Any) -> Any:
    """The options that ``index`` and ``reindex`` share."""
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
            click.option("--allow-deletes", is_flag=True, help="Let more than half of a source's articles go."),
            json_option,
            quiet_option,
        )
    ):
        command = option(command)
    return command


@click.command("index", cls=Command)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--keep-missing", is_flag=True, help="Keep articles that their source holds no longer.")
@_run_options
def index_command(sources: tuple[str, ...], keep_missing: bool, folder: Path, **options: Any) -> None:
    """Bring the index in step with its sources.

    A SOURCE is a file, a folder, the address of a feed, or - for standard input. New articles come in, changed ones are
    replaced, those that their source holds no longer go. All of it takes effect at once.

    \b
    backfile index ~/archive
    backfile index articles.jsonl.gz --index /var/lib/backfile
    backfile index export.csv --map title=headline --map body=text
    backfile index https://example.org/feed.xml
    zcat dump.jsonl.gz | backfile index -
    """
    report = indexing.index(
        folder,
        sources,
        settings=_settings(folder, options),
        allow_deletes=options["allow_deletes"],
        keep_missing=keep_missing,
        dry_run=options["dry_run"],
        memory=options["memory"],
        workers=options["workers"],
        quiet=options["quiet"],
        manner=_manner(options),
    )
    _print(report, **options)


@click.command("reindex", cls=Command)
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@_run_options
def reindex_command(sources: tuple[str, ...], folder: Path, **options: Any) -> None:
    """Build the whole index afresh, while searches go on with the old one.

    With a SOURCE its articles are read again and the others taken as they are stored; without, all are.

    \b
    backfile reindex
    backfile reindex ~/archive --title-weight 3
    """
    settings = _settings(folder, options)
    if sources:
        report = indexing.index(
            folder,
            sources,
            settings=settings,
            afresh=True,
            allow_deletes=options["allow_deletes"],
            dry_run=options["dry_run"],
            memory=options["memory"],
            workers=options["workers"],
            quiet=options["quiet"],
            manner=_manner(options),
        )
    else:
        report = indexing.rebuild(folder, settings=settings, memory=options["memory"], dry_run=options["dry_run"])
    _print(report, **options)


@click.command("delete", cls=Command)
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


@click.command("stats", cls=Command)
@index_option
@json_option
def stats_command(folder: Path, as_json: bool) -> None:
    """Tell what is in the index: articles, sections, languages, dates, size."""
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
    click.echo(f"{stats['articles']:,} articles, from {stats['first_date'] or '?'} to {stats['last_date'] or '?'}")
    click.echo(
        f"generation {stats['generation']}, {stats['segments']} segments, {stats['bytes']:,} bytes, "
        f"{updated:%d %B %Y, %H:%M} UTC"
    )
    for heading, counts in (("sections", sections), ("languages", languages)):
        click.echo(f"\n{heading}")
        for name, count in counts.most_common():
            click.echo(f"  {count:>9,}  {name or '(none)'}")


@click.command("check", cls=Command)
@index_option
@json_option
@click.pass_context
def check_command(context: click.Context, folder: Path, as_json: bool) -> None:
    """Read every byte of the index and say whether it is sound."""
    while True:
        generation = open_generation(folder)
        in_files = damage(generation)
        in_account = [] if in_files else account_damage(folder, generation.number, _identifiers(generation))
        wrong = in_files + in_account
        # Two commits meanwhile have taken away what was to be read.
        if not wrong or newest(folder) == generation.number:
            break
    if as_json:
        print_json({"sound": not wrong, "generation": generation.number, "damage": wrong})
    elif not wrong:
        click.echo(f"Generation {generation.number} is sound: {generation.manifest.articles:,} articles.")
    for line in wrong:
        click.echo(f"backfile: {line}.", err=True)
    if in_files:
        click.echo("backfile: Build the index anew with 'backfile reindex SOURCE'.", err=True)
    if wrong:
        context.exit(3)


@click.command("settings", cls=Command)
@json_option
def settings_command(as_json: bool) -> None:
    """Print every setting: its default, its environment variable, and what it is."""
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


COMMANDS = (index_command, reindex_command, delete_command, stats_command, check_command, settings_command)


def _identifiers(generation: Generation) -> set[str]:
    """Return the ids of the live articles of a generation."""
    return {
        identifier
        for segment in generation.segments
        for identifier, alive in zip(segment.ids, segment.live.tolist(), strict=True)
        if alive
    }


def _settings(folder: Path, options: dict[str, Any]) -> IndexSettings | None:
    """Return what the options say of the index as a whole, or None where they say nothing."""
    names = ("time_zone", "language", "title_weight")
    given = {name: options[name] for name in names if options[name] is not None}
    if not given:
        return None
    there = last_settings(folder) or IndexSettings()
    return replace(there, **given)


def _manner(options: dict[str, Any]) -> Manner:
    """Return how sources are to be read."""
    return Manner(options["format_name"], read_names(options["names"]))


def _print(report: Report, *, as_json: bool, quiet: bool, strict: bool, dry_run: bool, **_: Any) -> None:
    if as_json:
        print_json(report.as_json())
    elif not quiet:
        parts = ", ".join(
            f"{getattr(report, name):,} {name}"
            for name in ("added", "updated", "unchanged", "deleted", "rejected", "duplicates")
        )
        click.echo(f"{'Would be: ' if dry_run else ''}{report.read:,} read: {parts}; {report.warnings:,} warnings.")
        click.echo(f"{report.articles:,} articles in the index; {report.seconds:.1f} s.")
    if not as_json:
        for rejection in report.rejections[:20]:
            click.echo(f"backfile: {rejection.origin}: {rejection.reason}", err=True)
        if len(report.rejections) > 20:
            click.echo(f"backfile: ... {report.rejected + report.duplicates - 20:,} more", err=True)
    for failure in report.failures:
        click.echo(f"backfile: {failure}.", err=True)
    if report.failures or (strict and report.rejected):
        click.get_current_context().exit(1)

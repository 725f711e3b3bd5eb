"""The commands that keep an index safe: check, export, backup, restore."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import click

from index.backup import backup, whole_file
from index.checking import account_faults, segment_faults
from index.command_line import Command, WritingCommand, articles, index_option, json_option, print_json, quiet_option
from index.errors import BackfileError, StorageError, UnusableIndexError
from index.export import export
from index.generation import Generation, check_sound, damage, generations, mark_name, newest, open_generation, toc_name
from index.manifest import Manifest
from index.progress import Progress
from index.restore import restore
from index.staged import account_folder


@click.command("check", cls=Command)
@index_option
@json_option
@quiet_option
@click.pass_context
def check_command(context: click.Context, folder: Path, as_json: bool, quiet: bool) -> None:
    """Read every byte of the index and say whether it is sound.

    Checksums first, then whether all fits together: words, articles, ids, the account. The generation before the
    newest is kept for whoever still reads it, and is looked at too.
    Exit status 3 means that something is wrong; what to do then is said.

    \b
    backfile check
    """
    while True:
        generation = open_generation(folder)
        total = sum(entry.size for entry in generation.manifest.files())
        with Progress("Reading", total, counted=False, quiet=quiet) as progress:
            in_files = damage(generation, told=progress.copied)
            progress.say("Checking words and articles")
            wrong = in_files or segment_faults(generation)
            progress.say("Checking the account")
            wrong = wrong or account_faults(generation, account_folder(folder, generation.number))
        before, wrong_before = _before(generation)
        # Two commits meanwhile have taken away what was to be read.
        if not (wrong or wrong_before) or newest(folder) == generation.number:
            break
    if as_json:
        previous = before and {"generation": before, "sound": not wrong_before, "damage": wrong_before}
        print_json({"sound": not wrong, "generation": generation.number, "damage": wrong, "previous": previous})
    elif not wrong and not quiet:
        sound = f"Generation {generation.number} is sound: {articles(generation.manifest.articles)}"
        click.echo(f"{sound}." if wrong_before or not before else f"{sound}. So is generation {before}, before it.")
    for line in wrong:
        click.echo(f"backfile: {line}.", err=True)
    if in_files:
        names = f"{toc_name(generation.number)} and {mark_name(generation.number)}"
        back = f", or go back to generation {before}, which is sound, by removing {names}"
        click.echo(
            "backfile: Build the index anew with 'backfile reindex SOURCE', restore a backup with 'backfile restore "
            f"FILE --replace'{back if before and not wrong_before else ''}.",
            err=True,
        )
    if wrong_before:
        click.echo(
            f"backfile: Generation {before}, which nothing but readers from before the last commit needs, is damaged: "
            f"{'; '.join(wrong_before)}. It goes with the next commit.",
            err=True,
        )
    if wrong:
        context.exit(3)


def _before(generation: Generation) -> tuple[int | None, list[str]]:
    """Return the number of the generation before, None if there is none, and what is wrong with it."""
    numbers = [number for number in generations(generation.folder) if number < generation.number]
    if not numbers:
        return None, []
    shared = {entry.name for entry in generation.manifest.segments}
    try:
        before = open_generation(generation.folder, numbers[-1], any_analyzer=True)
        return numbers[-1], damage(before, {entry.name for entry in before.manifest.segments} - shared)
    except UnusableIndexError as error:
        # What a message advises to do is for the newest generation.
        return numbers[-1], [str(error).split(". ")[0]]


@click.command("export", cls=Command)
@index_option
def export_command(folder: Path) -> None:
    """Print every article as a line of JSON.

    Newest first, undated ones last, each with all its fields, the id first. An index built from it exports the same
    bytes.

    \b
    backfile export > articles.jsonl
    backfile export | zstd > articles.jsonl.zst
    """
    generation = open_generation(folder)
    check_sound(generation)
    try:
        with click.open_file("-", "wb") as stream:
            stream.writelines(export(generation))
            stream.flush()
    except BrokenPipeError:
        # Who read has seen enough. Python would stumble over what is left when it flushes at its end.
        sys.stdout = None
    except OSError as error:
        sys.stdout = None
        raise StorageError(f"Standard output cannot be written: {error.strerror or error}.") from None


@click.command("backup", cls=Command, short_help="Copy the index into one tar file while it is used.")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--overwrite", is_flag=True, help="Take the place of a FILE that is there already.")
@index_option
@json_option
@quiet_option
def backup_command(file: Path, overwrite: bool, folder: Path, as_json: bool, quiet: bool) -> None:
    """Copy the index into one tar file, while searches and indexing go on.

    It holds the newest generation with its account. FILE has its name when all of it is on the disk; - is standard
    output.

    \b
    backfile backup /mnt/backups/monday.tar
    backfile backup - | zstd | ssh elsewhere 'cat > backfile.tar.zst'
    """
    with Progress("Backing up", counted=False, quiet=quiet) as progress:
        if str(file) == "-":
            made = backup(folder, sys.stdout.buffer, progress=progress)
            sys.stdout.buffer.flush()
            return
        if file.exists() and not overwrite:
            raise BackfileError(f"{file} is there already. Name another file, or say --overwrite.")
        with whole_file(file) as stream:
            made = backup(folder, stream, file.absolute().parent, progress)
    _told(made.manifest, f"{file}: generation {made.number}", as_json, quiet)


@click.command("restore", cls=WritingCommand)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--replace", "replacing", is_flag=True, help="Take the place of the index that is there.")
@index_option
@json_option
@quiet_option
def restore_command(file: Path, replacing: bool, folder: Path, as_json: bool, quiet: bool) -> None:
    """Make an index of a backup.

    Every checksum is verified, and nothing is visible before all of it is safe. Where there is an index, --replace
    puts the backup in its place in one step, while searches go on. - is standard input.

    \b
    backfile restore monday.tar --index ~/restored
    backfile restore monday.tar --replace
    """
    with ExitStack() as opened:
        stream: BinaryIO = sys.stdin.buffer
        if str(file) != "-":
            try:
                stream = opened.enter_context(file.open("rb"))
            except OSError as error:
                raise BackfileError(f"{file} cannot be read: {error.strerror}.") from None
        progress = opened.enter_context(Progress("Restoring", counted=False, quiet=quiet))
        manifest = restore(folder, stream, replacing=replacing, progress=progress)
    _told(manifest, f"{folder}: generation {manifest.generation}", as_json, quiet)


def _told(manifest: Manifest, what: str, as_json: bool, quiet: bool) -> None:
    size = sum(entry.size for entry in manifest.files())
    if as_json:
        print_json({"generation": manifest.generation, "articles": manifest.articles, "bytes": size})
    elif not quiet:
        click.echo(f"{what}, {articles(manifest.articles)}, {size:,} bytes.")


COMMANDS = (check_command, export_command, backup_command, restore_command)

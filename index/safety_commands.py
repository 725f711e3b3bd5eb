"""The commands that keep an index safe: check, export, backup, restore."""

import sys
from pathlib import Path

import click

from index.command_line import Command, index_option
from index.errors import StorageError
from index.export import export
from index.generation import check_sound, open_generation


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


COMMANDS = (export_command,)

"""What every command has in common: its options, its errors, and how it prints."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from index.errors import BackfileError, DamagedIndexError, SettingError, UnusableIndexError
from index.generation import check_sound, open_generation
from index.settings import INDEX, Setting

F = TypeVar("F", bound=Callable[..., Any])


class Command(click.Command):
    """A command whose errors are messages with an exit status, never tracebacks."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; with ``--json`` an error is an object on standard output as well."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            told = error if isinstance(error, BackfileError) else _damage(ctx.params.get("folder"))
            if told is None:
                raise
            click.echo(f"backfile: {told}", err=True)
            if ctx.params.get("as_json"):
                print_json({"error": str(told), "status": told.exit_status, **told.details})
            ctx.exit(told.exit_status)


def _damage(folder: Path | None) -> BackfileError | None:
    """Return what is wrong with an index that a command has stumbled over: damaged bytes can raise anything."""
    try:
        if folder is not None:
            check_sound(open_generation(folder))
    except DamagedIndexError as error:
        return error
    except UnusableIndexError:
        pass
    return None


def print_json(value: Any) -> None:
    """Print one JSON object and nothing else on standard output."""
    json.dump(value, sys.stdout, ensure_ascii=False, default=str)
    sys.stdout.write("\n")


def index_option(command: F) -> F:
    """``--index DIR``."""
    return click.option(
        "--index",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        default=INDEX.value,
        help=f"The index folder.  [default: ${INDEX.environment}, else ./{INDEX.default}]",
    )(command)


def json_option(command: F) -> F:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")(command)


def quiet_option(command: F) -> F:
    """``-q``, ``--quiet``."""
    return click.option("-q", "--quiet", is_flag=True, help="Tell of nothing but errors.")(command)


def setting_option(setting: Setting[Any], *names: str) -> Callable[[F], F]:
    """Make an option of a setting, its default the environment's value or the setting's own."""

    def read(context: click.Context, parameter: click.Parameter, text: str | None) -> Any:
        try:
            return setting.value() if text is None else setting.read(text)
        except SettingError as error:
            raise click.UsageError(str(error), context) from None
        except ValueError as error:
            raise click.BadParameter(str(error), context, parameter) from None

    return click.option(
        *(names or (f"--{setting.name}",)),
        metavar="N" if isinstance(setting.default, int) else "TEXT",
        callback=read,
        help=f"{setting.help[0].upper()}{setting.help[1:]}.  [default: ${setting.environment}, else {setting.default}]",
    )

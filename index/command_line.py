"""What every command has in common: its options, its errors, and how it prints."""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TextIO, TypeVar

import click

from index.collecting import collecting_rarely
from index.errors import BackfileError, DamagedIndexError, SettingError, UnusableIndexError
from index.generation import check_sound, open_generation
from index.settings import INDEX, Setting

F = TypeVar("F", bound=Callable[..., Any])


@contextmanager
def ended_by_signals() -> Iterator[list[int]]:
    """Let SIGTERM and SIGHUP end what is done within as Control-C does, in order. Yields which have come."""
    came: list[int] = []

    def end(number: int, _: object) -> None:
        came.append(number)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield came
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    # What was ignored on purpose, as by nohup, stays so.
    ours = [number for number, handler in before.items() if handler == signal.SIG_DFL]
    for number in ours:
        signal.signal(number, end)
    try:
        yield came
    finally:
        for number in ours:
            signal.signal(number, before[number])


class Command(click.Command):
    """A command whose errors are messages with an exit status, never tracebacks."""

    after_interrupt = ""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line; with ``--json`` what is wrong with it is an object on standard output as well."""
        as_json = "--json" in args
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            if as_json:
                print_json({"error": error.format_message(), "status": error.exit_code})
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; with ``--json`` an error is an object on standard output as well."""
        came: list[int] = []
        try:
            with ended_by_signals() as came:
                return super().invoke(ctx)
        except KeyboardInterrupt:
            status = 128 + (came[0] if came else signal.SIGINT)
            self._fail(ctx, f"Interrupted.{self.after_interrupt}", status)
        except click.ClickException as error:
            if ctx.params.get("as_json"):
                print_json({"error": error.format_message(), "status": error.exit_code})
            raise
        except (click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            told = error if isinstance(error, BackfileError) else _damage(ctx.params.get("folder"))
            if told is None:
                raise
            self._fail(ctx, str(told), told.exit_status, **told.details)

    def _fail(self, ctx: click.Context, message: str, status: int, **details: Any) -> NoReturn:
        click.echo(f"backfile: {message}", err=True)
        if ctx.params.get("as_json"):
            print_json({"error": message, "status": status, **details})
        ctx.exit(status)


class WritingCommand(Command):
    """A command that writes the index."""

    after_interrupt = " The index is as its last commit left it; the same command goes on from there."

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with collecting_rarely():
            return super().invoke(ctx)


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


def in_colour(stream: TextIO) -> bool:
    """Say whether what is printed may be coloured: on a terminal that can, unless NO_COLOR is set to anything."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def articles(count: int) -> str:
    """Say how many articles."""
    return f"{count:,} article{'s' * (count != 1)}"


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

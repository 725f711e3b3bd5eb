"""README's reference of commands and settings, made of the commands and settings there are.

    python -m tests.reference

writes it anew between the two marks in README.md.
"""

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from index.settings import SETTINGS
from web.commands import backfile

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN = "<!-- This reference is made by: python -m tests.reference -->\n"
END = "<!-- End of the reference -->\n"


def reference() -> str:
    """Return the reference as Markdown."""
    lines = [line for name in sorted(backfile.commands) for line in _command(name, backfile.commands[name])]
    lines += ["### Settings", "", "| setting | default | environment | |", "| --- | --- | --- | --- |"]
    for setting in SETTINGS:
        default = f"`{setting.default}`" if str(setting.default) else ""
        lines.append(f"| {setting.name} | {default} | `{setting.environment}` | {_cell(setting.help)} |")
    return "\n" + "\n".join(lines) + "\n\n"


def told() -> str:
    """Return what README has for a reference."""
    return README.read_text().partition(BEGIN)[2].partition(END)[0]


def write() -> None:
    """Put the reference into README."""
    before, begin, rest = README.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"README.md has no place for it, between {BEGIN.strip()} and {END.strip()}")
    README.write_text(before + begin + reference() + end + after)


def _command(name: str, command: click.Command) -> Iterator[str]:
    arguments = [parameter for parameter in command.params if isinstance(parameter, click.Argument)]
    words = " ".join(["backfile", name, *(_metavar(argument) for argument in arguments)])
    text, _, examples = inspect.cleandoc(command.help or "").partition("\n\b\n")
    yield from [f"### `{words}`", "", text.strip(), ""]
    yield from ["```text", *examples.strip().splitlines(), "```", ""]
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    if options:
        yield from ["| option | |", "| --- | --- |"]
        for option in options:
            names = ", ".join(f"`{name}`" for name in sorted(option.opts, key=len))
            value = "" if option.is_flag else f" `{_metavar(option)}`".replace("|", "\\|")
            yield f"| {names}{value} | {_cell(option.help or '')} |"
        yield ""


def _metavar(parameter: click.Parameter) -> str:
    if parameter.metavar:
        return parameter.metavar
    if isinstance(parameter.type, click.Choice):
        return "|".join(map(str, parameter.type.choices))
    return (parameter.name or "").upper() if isinstance(parameter, click.Argument) else parameter.type.name.upper()


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    write()

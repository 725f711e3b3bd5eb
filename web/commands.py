"""The command ``backfile``: what index and search bring, and what serves."""

import os
import sys
import tempfile
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import click
from click.shell_completion import get_completion_class

from index import indexing
from index.command_line import Command, articles, in_colour, index_option, print_json, setting_option
from index.commands import COMMANDS
from index.generation import check_sound, open_generation
from index.safety_commands import COMMANDS as SAFETY_COMMANDS
from index.settings import HOST, PORT, REQUEST_SECONDS, SETTINGS, TITLE, WORKERS
from search.commands import evaluate_command, print_results, run, search_options
from search.reindexing import reindex_command
from web import access_log, metrics
from web.addresses import Addresses
from web.application import create_app
from web.config import Config
from web.envelope import envelope
from web.server import address, listen, serve


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="backfile")
def backfile() -> None:
    """Search for a newspaper's archive: a page, a JSON API and a command line over one folder.

    \b
    backfile index ~/archive     make an index of a folder of articles
    backfile search "harbour"    search it here
    backfile serve               or in a browser
    """


@backfile.command("search", cls=Command, short_help="Print the articles that match, with the passages.")
@search_options
def search_command(words: tuple[str, ...], folder: Path, as_json: bool, **asked: Any) -> None:
    """Print the articles that match QUERY, with the passages that show it.

    \b
    backfile search karabakh armenia
    backfile search '"ceasefire line" -football' --section Politics --from-date 2021-01
    backfile search 'title:harb* OR ferri~' --order-by newest --json
    """
    results = run(folder, query=" ".join(words), **asked)
    if as_json:
        print_json(envelope(results, Addresses("/api/search", results.request)))
    else:
        print_results(results, colour=in_colour(sys.stdout))


def _serve_options(command: Any) -> Any:
    for setting in (TITLE, REQUEST_SECONDS, WORKERS, PORT, HOST):
        command = setting_option(setting)(command)
    return command


@backfile.command("serve", cls=Command)
@index_option
@_serve_options
def serve_command(folder: Path, **options: Any) -> None:
    """Serve the search page and the JSON API.

    \b
    backfile serve
    backfile serve --index /var/lib/backfile --host 0.0.0.0 --port 80
    """
    _serve(folder, **options)


@backfile.command("demo", cls=Command)
@_serve_options
def demo_command(**options: Any) -> None:
    """Index the sample archive into a temporary folder and serve it.

    \b
    backfile demo
    backfile demo --port 8080
    """
    with tempfile.TemporaryDirectory(prefix="backfile-") as temporary, as_file(files("index") / "sample") as sample:
        folder = Path(temporary) / "index"
        report = indexing.index(folder, [str(sample)], quiet=True)
        click.echo(f"{report.articles} sample articles indexed.")
        if options["title"] == TITLE.default:
            options["title"] = "The Varnmouth Courier"
        _serve(folder, **options)


@backfile.command("completion", cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> None:
    """Print what makes a shell complete commands and options.

    \b
    backfile completion bash >> ~/.bashrc
    backfile completion zsh >> ~/.zshrc
    backfile completion fish > ~/.config/fish/completions/backfile.fish
    """
    wanted = get_completion_class(shell)
    assert wanted is not None
    click.echo(wanted(backfile, {}, "backfile", "_BACKFILE_COMPLETE").source())


def _serve(folder: Path, *, host: str, port: int, workers: int, request_seconds: int, title: str) -> None:
    for setting in SETTINGS:
        setting.value()  # what cannot be is said now, not to the first visitor
    generation = open_generation(folder)
    count = generation.manifest.articles
    check_sound(generation)
    listening = listen(host, port)
    where = address(listening)
    config = Config.from_environment(index=folder.absolute(), title=title)
    access_log.to_standard_error()
    with tempfile.TemporaryDirectory(prefix="backfile-metrics-") as figures:
        os.environ.setdefault(metrics.DIRECTORY, figures)
        serve(
            lambda: create_app(config),
            listening,
            workers,
            request_seconds,
            lambda: click.echo(f"Serving {articles(count)} on {where}  (Ctrl-C stops)"),
        )


for command in (*COMMANDS, reindex_command, *SAFETY_COMMANDS, evaluate_command):
    backfile.add_command(command)

"""The command line as it is promised: names, options, JSON, exit statuses, and messages instead of tracebacks."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from index.command_line import in_colour
from index.settings import SETTINGS
from web.commands import backfile

REPORT_KEYS = [
    "read", "added", "updated", "unchanged", "deleted", "rejected", "duplicates", "articles", "warnings", "seconds",
    "rejections",
]  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> "Run":
    """Runs a command on an index of this test's own."""
    return Run(tmp_path / "index")


class Run:
    """Calls ``backfile`` with ``--index`` of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, command: str, *arguments: str, status: int = 0, stdin: str | None = None) -> Result:
        line = [command, *arguments, "--index", str(self.folder)]
        result = CliRunner().invoke(backfile, line, input=stdin, catch_exceptions=False)
        assert result.exit_code == status, result.output
        return result

    def json(self, command: str, *arguments: str, status: int = 0, stdin: str | None = None) -> Any:
        """Return the one JSON object on standard output."""
        return json.loads(self(command, *arguments, "--json", status=status, stdin=stdin).stdout)


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """A source of three articles and two lines that cannot be taken in."""
    path = tmp_path / "news.jsonl"
    path.write_text(
        '{"id": "1", "title": "Harbour bridge closed", "body": "The bridge is closed.", "section": "Transport", '
        '"date": "2023-03-08T16:26"}\n'
        '{"id": "2", "title": "Ferry strike", "body": "Harbour crews walked out.", "section": "transport", '
        '"date": "2023-02-01"}\n'
        '{"id": "3", "title": "Salmon return", "body": "Up the river.", "date": "31 February"}\n'
        "{broken\n"
        '{"id": "1", "title": "Again"}\n'
    )
    return path


def test_index_accounts_for_every_record(run: Run, lines: Path) -> None:
    """The JSON of a run has the promised keys, adds up, and names file and line of what was not taken in."""
    report = run.json("index", str(lines))
    assert list(report)[: len(REPORT_KEYS)] == REPORT_KEYS
    assert report["read"] == 5
    assert [report[key] for key in REPORT_KEYS[1:9]] == [3, 0, 0, 0, 1, 1, 3, 1]
    assert [rejection["origin"] for rejection in report["rejections"]] == ["news.jsonl:4", "news.jsonl:5"]


def test_with_json_and_quiet_there_is_one_object_all_the_same(run: Run, lines: Path) -> None:
    """``-q`` silences standard error, never the answer."""
    result = run("index", str(lines), "--json", "-q")
    assert json.loads(result.stdout)["articles"] == 3
    assert result.stderr == ""


def test_a_second_run_changes_nothing(run: Run, lines: Path) -> None:
    """The same sources again leave the index at the same generation."""
    run("index", str(lines))
    before = run.json("stats")
    report = run.json("index", str(lines))
    assert (report["unchanged"], report["added"], report["updated"]) == (3, 0, 0)
    assert run.json("stats")["generation"] == before["generation"]


def test_strict_makes_a_rejection_a_failure(run: Run, lines: Path) -> None:
    """Rejected articles alone are status 0; with ``--strict`` they are 1, and the rest is indexed all the same."""
    run("index", str(lines), "--strict", status=1)
    assert run.json("stats")["articles"] == 3


def test_dry_run_says_and_does_not(run: Run, lines: Path) -> None:
    """``--dry-run`` reports as a run would and leaves no index behind."""
    assert run.json("index", str(lines), "--dry-run")["added"] == 3
    assert not run.folder.exists()


def test_stats(run: Run, lines: Path) -> None:
    """``stats --json`` has the promised keys and counts what is there."""
    run("index", str(lines))
    stats = run.json("stats")
    assert list(stats) == [
        "articles", "generation", "segments", "bytes", "updated", "sections", "languages", "first_date", "last_date",
    ]  # fmt: skip
    assert (stats["articles"], stats["generation"], stats["first_date"], stats["last_date"]) == (
        3, 1, "2023-02-01", "2023-03-08",
    )  # fmt: skip
    assert sum(stats["sections"].values()) == 3


def test_search_prints_hits_for_people_and_the_api_answer_for_programs(run: Run, lines: Path) -> None:
    """Hits go to standard output; ``--json`` is what ``/api/search`` answers."""
    run("index", str(lines))
    assert "Harbour bridge closed" in run("search", "harbour").stdout
    answer = run.json("search", "harbour", "--section", "TRANSPORT", "--from-date", "2023-03", "--order-by", "newest")
    assert answer["total"] == 1
    assert answer["results"][0]["highlights"]["title"] == "<mark>Harbour</mark> bridge closed"
    assert answer["results"][0]["date"] == "2023-03-08T16:26:00"
    assert list(answer)[:3] == ["query", "total", "page"]


def test_no_hits_are_no_failure(run: Run, lines: Path) -> None:
    """A search without hits is an answer: status 0."""
    run("index", str(lines))
    assert "0 articles" in run("search", "zeppelin").stdout


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["search", "a (b"], 2, "query, character 3: This parenthesis is never closed"),
        (["search", "a", "--from-date", "2023-05", "--to-date", "2023-01"], 2, "--from-date: 2023-05-01 is after"),
        (["search", "a", "--page-size", "101"], 2, "has to be from 0 to 100"),
        (["search", "date:2023-13"], 2, "is no date"),
        (["search", "a", "--order-by", "best"], 2, "not one of"),
        (["search", "a", "--from-date", "tomorrow"], 2, "is no date"),
        (["search", "a", "--page", "0"], 2, "has to be 1 or more"),
        (["index"], 2, "Missing argument"),
        (["index", "no-such-folder"], 1, "is not there"),
        (["delete", "no-such-id"], 1, "no article has this id"),
        (["indx"], 2, "No such command"),
    ],
)
def test_wrong_usage_says_what_is_wrong(run: Run, lines: Path, arguments: list[str], status: int, words: str) -> None:
    """Each mistake has its status and a message in words, on standard error."""
    run("index", str(lines))
    result = CliRunner().invoke(
        backfile, [*arguments, *(["--index", str(run.folder)] if arguments != ["indx"] else [])]
    )
    assert result.exit_code == status
    assert words in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("command", ["search", "stats", "check", "reindex", "serve"])
def test_without_an_index_every_command_says_so(run: Run, command: str) -> None:
    """Status 3, and how to make one."""
    result = run(command, status=3)
    assert "There is no index in" in result.stderr


def test_an_error_is_an_object_too(run: Run) -> None:
    """With ``--json`` standard output is one object even when the command fails, or cannot be understood."""
    assert run.json("stats", status=3)["status"] == 3
    assert "--page" in run.json("search", "a", "--page", "0", status=2)["error"]
    assert "--watch" in run.json("index", ".", "--watch", status=2)["error"]


def test_damage_is_found_and_told(run: Run, lines: Path) -> None:
    """A flipped byte makes ``check`` name the file with status 3; ``serve`` refuses to start."""
    run("index", str(lines))
    run("check")
    segment = next(path for path in run.folder.iterdir() if path.suffix == ".arrays")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    assert segment.name in run("check", status=3).stderr
    assert segment.name in run("serve", status=3).stderr


def test_delete_lasts_until_undone(run: Run, lines: Path) -> None:
    """A deleted article stays out of later runs; ``--undo`` lets it in again."""
    run("index", str(lines))
    assert "1 deleted" in run("delete", "2").stdout
    run("index", str(lines))
    assert run.json("stats")["articles"] == 2
    run("reindex", str(lines))
    assert run.json("stats")["articles"] == 2
    run("delete", "--undo", "2")
    run("index", str(lines))
    assert run.json("stats")["articles"] == 3


def test_reindex_without_a_source_takes_the_stored_articles(run: Run, lines: Path) -> None:
    """The source may be gone: everything is in the index."""
    run("index", str(lines))
    lines.unlink()
    report = run.json("reindex")
    assert (report["read"], report["unchanged"], report["articles"]) == (3, 3, 3)
    assert run.json("search", "harbour")["total"] == 2


def test_standard_input_is_a_source(run: Run, lines: Path) -> None:
    """``-`` reads JSON lines, and another run of it deletes nothing."""
    run("index", "-", stdin=lines.read_text())
    run("index", "-", stdin='{"id": "9", "title": "Nine"}\n')
    assert run.json("stats")["articles"] == 4


def test_vanished_articles_go_and_too_many_stop_the_run(run: Run, lines: Path) -> None:
    """One article less is taken out; all of them at once is status 1, and nothing is changed."""
    run("index", str(lines))
    kept = lines.read_text().splitlines(keepends=True)
    lines.write_text(kept[0] + kept[1])
    assert run.json("index", str(lines))["deleted"] == 1
    lines.write_text("")
    assert "--allow-deletes" in run("index", str(lines), status=1).stderr
    assert run.json("stats")["articles"] == 2
    assert run.json("index", str(lines), "--allow-deletes")["articles"] == 0


def test_settings_are_all_told(run: Run) -> None:
    """Every setting is printed with its default and its environment variable."""
    printed = CliRunner().invoke(backfile, ["settings"]).stdout
    for setting in SETTINGS:
        assert re.search(rf"^{setting.name} .*{setting.environment} ", printed, re.MULTILINE)


def test_a_setting_that_cannot_be_is_named(run: Run, lines: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong environment variable is wrong usage, by its name."""
    monkeypatch.setenv("BACKFILE_MEMORY", "lots")
    assert "BACKFILE_MEMORY" in run("index", str(lines), status=2).stderr


def test_every_command_has_help_with_an_example() -> None:
    """Nobody has to guess: each command's help shows how it is called."""
    for name, command in backfile.commands.items():
        text = CliRunner().invoke(backfile, [name, "--help"]).stdout
        _, _, examples = (command.help or "").partition("\b\n")
        assert f"backfile {name}" in examples, name
        assert f"backfile {name}" in text.partition("Options:")[0].partition("Usage:")[2].partition("\n")[2], name


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_are_taught_to_complete(shell: str) -> None:
    """What is printed for a shell asks the command itself, which knows its commands and options."""
    printed = CliRunner().invoke(backfile, ["completion", shell]).stdout
    assert "_BACKFILE_COMPLETE" in printed
    assert CliRunner().invoke(backfile, ["completion", "tcsh"]).exit_code == 2
    words = {"_BACKFILE_COMPLETE": "bash_complete", "COMP_WORDS": "backfile in", "COMP_CWORD": "1"}
    assert "plain,index" in CliRunner().invoke(backfile, [], env=words, prog_name="backfile").stdout


@pytest.mark.parametrize(
    ("terminal", "environment", "coloured"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
    ],
)
def test_colours_are_for_terminals_that_want_them(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, environment: dict[str, str], coloured: bool
) -> None:
    """Never in a pipe, nor where NO_COLOR or the terminal says so."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    assert in_colour(stream) == coloured


def test_the_seed_and_the_sample_archive_are_found(run: Run, shared: Path) -> None:
    """The article that the layout is known by is indexed from its file and found by word, section and date."""
    run("index", str(shared / "seed" / "article.txt"))
    (hit,) = run.json("search", "karabakh armenia", "--section", "cis countries", "--to-date", "2021-01-18")["results"]
    assert (hit["id"], hit["section"], hit["date"]) == ("article.txt", "CIS countries", "2021-01-18T16:26:00")


def test_a_terminal_gets_a_bar_and_a_pipe_plain_lines(run: Run, lines: Path) -> None:
    """Progress never mixes with results: standard output stays clean."""
    result = subprocess.run(
        [sys.executable, "-m", "web", "index", str(lines), "--index", str(run.folder)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONWARNINGS": "error"},
    )
    assert result.stdout.startswith("5 read: 3 added")
    assert "\r" not in result.stdout
    assert "news.jsonl:4" in result.stderr


def test_one_is_no_plural_and_nothing_is_told_twice(run: Run, tmp_path: Path) -> None:
    """A feed that cannot be reached is a failure of its own, in the system's words."""
    (tmp_path / "one.jsonl").write_text('{"id": "1", "title": "One"}\n')
    assert "1 article in the index" in run("index", str(tmp_path / "one.jsonl")).stdout
    told = run("index", "http://127.0.0.1:9/feed.xml", status=1).stderr.splitlines()
    assert [line for line in told if "feed.xml" in line] == [
        "backfile: http://127.0.0.1:9/feed.xml cannot be read: Connection refused."
    ]

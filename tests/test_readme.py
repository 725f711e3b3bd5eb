"""README says what is so."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from search.grammar import parse
from web.commands import backfile

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_two_commands_are_one_line_each() -> None:
    """Each command is complete: it makes its environment, installs, and does what it says."""
    demo, tests = blocks("sh")[:2]
    for command in (demo, tests):
        assert command.count("\n") == 1
        assert "-m venv .venv" in command
        subprocess.run(["bash", "-n", "-c", command], check=True)
    assert demo.rstrip().endswith(".venv/bin/backfile demo")
    assert tests.rstrip().endswith(".venv/bin/python -m pytest -n auto")


def test_the_test_command_is_what_ci_runs() -> None:
    """The block under the heading Tests is the one that continuous integration takes."""
    under = README.split("\n## Tests\n")[1]
    assert re.search(r"```sh\n(.*?)```", under, re.DOTALL)[1] == blocks("sh")[1]  # type: ignore[index]


def test_every_command_is_told_and_every_one_told_is_there() -> None:
    """The table of commands is the commands there are."""
    told = set(re.findall(r"`backfile ([a-z]+)", README.split("### Articles")[0].split("| command |")[1]))
    assert told == set(backfile.commands)


def queries() -> list[str]:
    """Return what stands in the left column of the table of the query language."""
    table = README.split("| write | to find |")[1].split("\n\n")[0]
    shown = [
        query for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for query in re.findall(r"`([^`]+)`", row)
    ]
    return [query for query in shown if query not in {"( )", "AND"}]


@pytest.mark.parametrize("query", queries())
def test_every_query_of_the_table_is_understood(query: str) -> None:
    """What the table of the query language shows can be typed as it stands, without an error or a warning."""
    assert parse(query).warnings == ()


def test_the_python_example_runs(tmp_path: Path) -> None:
    """The example can be copied and run."""
    (example,) = blocks("python")
    done = subprocess.run([sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("1 ['Harbour bridge closed']")


def test_every_dependency_earns_its_line() -> None:
    """Each dependency has a line that says what it is for."""
    wanted = re.search(r"^dependencies = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.DOTALL | re.MULTILINE)
    assert wanted is not None
    names = {re.split(r"[>=]", name)[0].lower() for name in re.findall(r'"(.+?)"', wanted[1])}
    told = {
        line.split("|")[1].split()[0].lower()
        for line in README.split("| library | for |")[1].splitlines()
        if "|" in line
    }
    assert names <= told


def test_the_project_speaks_of_itself_alone() -> None:
    """No file names a path of the machine it was written on."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    for name in listed.stdout.splitlines():
        text = (ROOT / name).read_bytes()
        for word in (b"/" + b"work/", b"/tmp" + b"/w/"):
            assert word not in text, name

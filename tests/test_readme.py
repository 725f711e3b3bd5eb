"""README says what is so."""

import configparser
import re
import shutil
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from index.indexing import index
from index.settings import SETTINGS
from search import SearchRequest, open_searcher
from search.grammar import parse
from tests import reference
from web.commands import backfile
from web.openapi import OPERATIONS

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


def test_the_reference_is_what_the_commands_say() -> None:
    """Commands, their options and examples, and the settings stand in README as they are; see tests/reference.py."""
    assert reference.told() == reference.reference(), "run python -m tests.reference"


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


def test_what_to_search_the_sample_archive_for_is_there(tmp_path: Path) -> None:
    """Whoever types what README proposes for the demo finds something."""
    proposed = re.findall(r"`([^`]+)`", README.split("Search for ")[1].split("\n\n")[0])
    assert len(proposed) == 6
    with as_file(files("index") / "sample") as sample:
        index(tmp_path / "index", [str(sample)])
    with open_searcher(tmp_path / "index") as searcher:
        assert [query for query in proposed if not searcher.search(SearchRequest(query=query)).total] == []


def test_the_python_example_runs(tmp_path: Path) -> None:
    """The example can be copied and run."""
    (example,) = blocks("python")
    done = subprocess.run([sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("1 ['Harbour bridge closed']")


def test_every_setting_told_is_one() -> None:
    """Every variable in README sets something, and the table says of each what ``backfile settings`` says."""
    by_variable = {setting.environment: setting for setting in SETTINGS}
    assert set(re.findall(r"BACKFILE_[A-Z_]+", README)) <= set(by_variable)
    rows = re.findall(r"^\| `(BACKFILE_[A-Z_]+)` \| (.*?) \| (.*?) \|$", README, re.MULTILINE)
    assert len(rows) > 10
    for variable, default, told in rows:
        assert (default.strip("`"), told) == (str(by_variable[variable].default), by_variable[variable].help)


def test_the_unit_is_one_of_systemd() -> None:
    """The unit has the three parts that a service has, and starts the command there is."""
    (unit,) = blocks("ini")
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]  # as the documentation has it
    read.read_string(unit)
    assert read.sections() == ["Unit", "Service", "Install"]
    assert read["Service"]["ExecStart"].endswith("backfile serve")


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    """It has nothing to say of any line."""
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("there is no systemd-analyze here: apt-get install systemd")
    unit = tmp_path / "backfile.service"
    unit.write_text(re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", blocks("ini")[0]))
    done = subprocess.run([verify, "verify", unit], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if unit.name in line] == []


def test_every_address_told_is_answered() -> None:
    """The table of addresses is the addresses there are for programs."""
    table = README.split("| address | answer |")[1].split("\n\n")[0]
    told = {re.split(r"[?]|ID", path)[0] for path in re.findall(r"`(/[^`]*)`", table)}
    assert told == {one.path.split("{")[0] for one in OPERATIONS}


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

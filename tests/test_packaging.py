"""What is built is what is meant to be: three packages, with all that they need to run."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names of the files in a wheel built now."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = folder.glob("backfile-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_a_wheel_holds_three_packages_and_no_more(names: list[str]) -> None:
    """Nothing else at the top level slips into site-packages."""
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"index", "search", "web"}


def test_a_wheel_is_complete(names: list[str]) -> None:
    """Templates, style sheets, type markers and the sample archive are in it."""
    for package in ("index", "search", "web"):
        assert f"{package}/py.typed" in names
    assert "web/static/backfile.css" in names
    assert any(name.startswith("web/templates/") and name.endswith(".html") for name in names)
    sample = {str(path.relative_to(ROOT)) for path in (ROOT / "index" / "sample").rglob("*.txt")}
    assert len(sample) >= 60
    assert sample <= set(names)


def test_a_wheel_brings_the_command(names: list[str], tmp_path: Path) -> None:
    """The command is called backfile."""
    (entry_points,) = (name for name in names if name.endswith("entry_points.txt"))
    assert entry_points.startswith("backfile-")


def test_the_top_level_is_as_it_is_meant_to_be() -> None:
    """pyproject.toml, README.md, three packages, tests; beside them dot files only."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    tops = {line.partition("/")[0] for line in listed.stdout.splitlines()}
    assert {top for top in tops if not top.startswith(".")} == {
        "pyproject.toml",
        "README.md",
        "index",
        "search",
        "web",
        "tests",
    }

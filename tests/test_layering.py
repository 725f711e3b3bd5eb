"""Imports point one way, and each dear thing is touched in one place."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("index", "search", "web")
MAY_IMPORT = {"index": {"index"}, "search": {"index", "search"}, "web": {"index", "search", "web"}}


def modules(package: str) -> list[Path]:
    """Return the modules of a package."""
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Yield the dotted names that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_one_way(package: str) -> None:
    """Web knows search and index, search knows index, index knows neither."""
    for path in modules(package):
        ours = {name.partition(".")[0] for name in imported(path)} & set(PACKAGES)
        assert ours <= MAY_IMPORT[package], path


def test_bleach_is_imported_in_one_file() -> None:
    """There is one function that makes HTML safe, and it can be changed in one place."""
    users = [
        path.name
        for package in PACKAGES
        for path in modules(package)
        if any(name.partition(".")[0] == "bleach" for name in imported(path))
    ]
    assert users == ["markup.py"]


def test_web_never_meets_whoosh() -> None:
    """Another engine could answer: the front end speaks of requests and results alone."""
    for path in modules("web"):
        assert not any(name.partition(".")[0] == "whoosh" for name in imported(path)), path


@pytest.mark.parametrize("package", PACKAGES)
def test_the_map_is_complete(package: str) -> None:
    """A package's docstring names every module in it, once, a line each."""
    docstring = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text())) or ""
    told = [line.split()[0] for line in docstring.splitlines() if line.startswith("    ") and line.strip()]
    there = {path.stem for path in (ROOT / package).glob("*.py")} - {"__init__", "__main__"}
    there |= {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
    assert sorted(told) == sorted(there)


@pytest.mark.parametrize("package", PACKAGES)
def test_files_are_of_a_size_to_be_read(package: str) -> None:
    """No file is longer than 400 lines."""
    for path in modules(package):
        assert len(path.read_text().splitlines()) <= 400, path

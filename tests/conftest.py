"""What every test can count on."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from search import Searcher, open_searcher
from tests.searching import some_archive

SHARED = Path(__file__).resolve().parents[2] / "shared"

# A shell lets what it runs in the background ignore these, as would every process that a test starts to interrupt it.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why a run fails in which something was skipped that must not be."""
    if _forbidden(terminalreporter):
        terminalreporter.write_line("In CI nothing may be skipped: install what the skipped tests name.", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in CI that skipped a test: a browser or data that are missing would hide what they would show."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and _forbidden(reporter) and session.exitstatus == 0:
        session.exitstatus = 1


def _forbidden(reporter: pytest.TerminalReporter) -> bool:
    return os.environ.get("CI") == "true" and bool(reporter.stats.get("skipped"))


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take away the settings of whoever runs the tests, and any index in the folder they are run in."""
    for name in list(os.environ):
        if name.startswith("BACKFILE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("BACKFILE_INDEX", str(tmp_path / "backfile-index"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real texts beside the project."""
    if not SHARED.is_dir():
        pytest.skip(f"the texts for measuring are not in {SHARED}")
    return SHARED


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of 60 articles of all sorts in three segments."""
    return some_archive(tmp_path_factory.mktemp("archive") / "index")


@pytest.fixture
def searcher(archive: Path) -> Iterator[Searcher]:
    """A searcher of that index."""
    with open_searcher(archive) as searcher:
        yield searcher

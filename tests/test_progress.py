"""How far a run has come, for who watches it."""

import io

import pytest

from index.progress import Progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


class Closed(io.StringIO):
    """A pipe whose other end has gone."""

    def write(self, text: str) -> int:
        """Fail as such a pipe does."""
        raise BrokenPipeError(32, "Broken pipe")


@pytest.fixture(autouse=True)
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give a clock that stands still until it is told."""
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    return clock


def test_a_line_tells_articles_rate_share_and_time_left(seconds: list[float]) -> None:
    """Elsewhere than on a terminal a plain line comes every few seconds, none before."""
    stream = io.StringIO()
    with Progress("Indexing", 1_000, stream=stream) as told:
        for done in range(1, 129):
            seconds[0] += 0.05
            told.step(done)
    assert stream.getvalue() == "Indexing: 128 articles, 20 a second, 13%, about 44 s left\n"


@pytest.mark.parametrize(
    ("done", "after", "line"),
    [
        (0, 10.0, "X: 0 articles, 0 a second"),
        (500, 0.0, "X: 0 articles, 0 a second, 50%, about 0 s left"),
        (10, 7.0, "X: 0 articles, 0 a second, 1%, about 11 min 33 s left"),
        (1, 36.0, "X: 0 articles, 0 a second, 0%, about 9 h 59 min left"),
        (1_000, 5.0, "X: 0 articles, 0 a second, 100%, about 0 s left"),
    ],
)
def test_time_left_is_in_words(done: int, after: float, line: str) -> None:
    """Seconds, minutes or hours; nothing where nothing can be said."""
    assert Progress("X", 1_000, quiet=True).line(done, after) == line


def test_bytes_alone_are_told_where_nothing_is_counted(seconds: list[float]) -> None:
    """A copy is told of in megabytes, whose number may come to be known late, a bar in bytes alone."""
    stream, terminal = io.StringIO(), Terminal()
    with (
        Progress("Backing up", counted=False, stream=stream) as told,
        Progress("Backing up", counted=False, stream=terminal) as shown,
    ):
        for progress in (told, shown):
            progress.expect(40_000_000)
        for _ in range(10):
            seconds[0] += 1
            told.copied(1_000_000)
            shown.copied(1_000_000)
        shown.say("Sealing")
    lines = stream.getvalue().splitlines()
    assert lines == [
        "Backing up: 5 MB, 1 MB a second, 12%, about 35 s left",
        "Backing up: 10 MB, 1 MB a second, 25%, about 30 s left",
    ]
    assert "/40.0M" in terminal.getvalue()
    assert "articles" not in terminal.getvalue()


def test_without_a_total_no_share_is_told() -> None:
    """Of standard input it is not known how much is to come."""
    assert Progress("X", 0, quiet=True).line(500, 10.0) == "X: 0 articles, 0 a second"


def test_a_terminal_has_a_bar_that_goes(seconds: list[float]) -> None:
    """The bar shows the articles, and nothing of it is left at the end."""
    stream = Terminal()
    with Progress("Indexing", 1_000, stream=stream) as told:
        for done in range(1, 129):
            seconds[0] += 1
            told.step(done)
        told.say("Committing")
    shown = stream.getvalue()
    assert "articles=128" in shown
    assert "Committing" in shown
    assert shown.rstrip(" \r").endswith("]") or shown.endswith("\r")
    assert "\n" not in shown


def test_quiet_is_quiet(seconds: list[float]) -> None:
    """Not a character, whatever the stream."""
    for stream in (Terminal(), io.StringIO()):
        with Progress("Indexing", 1_000, quiet=True, stream=stream) as told:
            for done in range(200):
                seconds[0] += 1
                told.step(done)
            told.say("Committing")
        assert stream.getvalue() == ""


def test_a_watcher_who_goes_does_not_end_the_run(seconds: list[float]) -> None:
    """``backfile index ... 2>&1 | head`` indexes to the end."""
    with Progress("Indexing", 1_000, stream=Closed()) as told:
        for done in range(200):
            seconds[0] += 1
            told.step(done)
        told.say("Committing")


def test_standard_error_may_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process started without one is as quiet as if it had been told to be."""
    monkeypatch.setattr("sys.stderr", None)
    with Progress("Indexing", 1_000) as told:
        for done in range(100):
            told.step(done)
        told.say("Committing")

"""How far a run has come: a bar on a terminal, a plain line every few seconds elsewhere, nothing when told to be quiet.

The rate and the time left go by bytes, since how many articles a file holds is not known before its end.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self, TextIO

from tqdm import tqdm

LINE_SECONDS = 5.0
"""Between two lines where there is no terminal."""

_CHECK_EVERY = 64
"""Records between two looks at the clock, so that telling of it costs nothing beside reading."""


class Progress:
    """Tells of a run on standard error. ``total`` is in bytes, 0 where it is not known.

    ``counted`` is whether articles are, one by one.
    """

    def __init__(
        self, what: str, total: int = 0, *, counted: bool = True, quiet: bool = False, stream: TextIO | None = None
    ) -> None:
        self._stream = stream or sys.stderr
        self._what = what
        self._total = total
        # A process may have been started with standard error closed.
        self._quiet = quiet or self._stream is None
        self._articles = self._done = 0
        self._counted = counted
        self._began = self._said = time.monotonic()
        self._bar: tqdm[Any] | None = None
        if not self._quiet and self._stream.isatty():
            self._bar = tqdm(
                total=total or None,
                desc=what,
                unit="B",
                unit_scale=True,
                file=self._stream,
                leave=False,
                dynamic_ncols=True,
                postfix={"articles": "0"} if counted else None,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            with suppress(OSError):
                self._bar.close()

    def expect(self, total: int) -> None:
        """Say how many bytes there are, where it was not known before."""
        self._total = total
        if self._bar is not None:
            self._bar.total = total

    def copied(self, size: int) -> None:
        """So many bytes more."""
        self._done += size
        self.step(self._done, 0)

    def step(self, done: int, records: int = 1) -> None:
        """Some records more; ``done`` is how many bytes have been read."""
        before = self._articles
        self._articles += records
        if self._quiet or (self._counted and before // _CHECK_EVERY == self._articles // _CHECK_EVERY):
            return
        now = time.monotonic()
        with self._watched():
            if self._bar is not None:
                if self._counted:
                    self._bar.set_postfix(articles=f"{self._articles:,}", refresh=False)
                self._bar.update(done - self._bar.n)
            elif now - self._said >= LINE_SECONDS:
                self._said = now
                print(self.line(done, now - self._began), file=self._stream, flush=True)

    def tell(self, what: str) -> None:
        """Tell of something once, as a line of its own."""
        if not self._quiet:
            with self._watched():
                tqdm.write(f"backfile: {what}.", file=self._stream)

    def say(self, what: str) -> None:
        """Tell of a step without an end in sight."""
        if self._quiet:
            return
        with self._watched():
            if self._bar is not None:
                self._bar.set_description(what)
            elif time.monotonic() - self._began >= LINE_SECONDS:
                print(what, file=self._stream, flush=True)

    def line(self, done: int, seconds: float) -> str:
        """Return the plain line: articles or megabytes, rate, share done and time left."""
        count = self._articles if self._counted else done / 1e6
        rate = count / seconds if seconds else 0.0
        told = f"{count:,} articles, {rate:,.0f}" if self._counted else f"{count:,.0f} MB, {rate:,.0f} MB"
        line = f"{self._what}: {told} a second"
        if self._total and done:
            left = seconds * (self._total - done) / done
            line += f", {done / self._total:.0%}, about {_duration(left)} left"
        return line

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Go on in silence when whoever watched has closed the pipe: the run is not for them alone."""
        try:
            yield
        except OSError:
            self._quiet = True


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"

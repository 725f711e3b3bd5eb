"""A process that works for another one: it is told what to do through a pipe, and ends with it.

A thread does nothing but wait for the next message, so that a process whose writer is gone is gone at once. Little is
imported here and by who makes words alone: a process of everything takes 0.18 s to start, one of that 0.09 s.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, NamedTuple, Protocol

from index.collecting import collecting_rarely

SWITCH = 0.0005
"""Seconds after which the thread that reads the pipe, a piece of a message at a time, gets its turn."""


class Failure(NamedTuple):
    """An error that ended a process's work."""

    error: BaseException


class Work(Protocol):
    """What a process does."""

    def do(self, what: Any, /) -> Any:
        """Do what a message says, and return the answer."""

    def finish(self) -> Any:
        """Return the last answer, when nothing more is to come."""


def serve(descriptor: int, begin: Callable[[Any], Work]) -> None:
    """Do what the other end of a pipe says, until it is gone; ``descriptor`` is this end.

    ``begin`` makes the work of the first message. After None comes nothing more.
    """
    # Control-C is for the writer, who then closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setswitchinterval(SWITCH)
    pipe = Connection(descriptor)
    messages: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_receive, args=(pipe, messages), daemon=True).start()
    try:
        with collecting_rarely():
            work = begin(_sound(messages.get()))
            while (message := _sound(messages.get())) is not None:
                pipe.send(work.do(message))
            pipe.send(work.finish())
    except Exception as error:  # whatever it is, the writer has to hear of it
        pipe.send(Failure(error))


def _sound(message: Any) -> Any:
    if isinstance(message, Failure):
        raise message.error
    return message


def _receive(pipe: Connection, messages: "SimpleQueue[Any]") -> None:
    """Hand on messages. Nothing has to be put in order at the end: what is not committed is removed by the next run."""
    try:
        while True:
            messages.put(pipe.recv())
    except (EOFError, OSError):
        os._exit(1)
    except Exception as error:  # there may be no memory for it; nobody would wait for the rest in vain
        messages.put(Failure(error))

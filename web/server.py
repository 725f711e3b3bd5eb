"""The production server: gunicorn, one process a core, each with the index opened once.

gunicorn's sync workers answer one request at a time, which is what an index in memory wants (threads only take turns
at the interpreter), and a request that never ends costs its process after a while, not the service.
"""

import os
import socket
import sys
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from index.errors import SettingError
from web import alive


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Serves an application, made anew in each process, on a socket that is already bound."""

    def __init__(
        self, make: Callable[[], Flask], listening: socket.socket, workers: int, seconds: int, ready: Callable[[], None]
    ) -> None:
        self._make = make
        self._options = {
            # gunicorn takes the socket over by its number and closes it, so nothing here may hold on to it.
            "bind": f"fd://{listening.detach()}",
            "workers": workers,
            "timeout": seconds,
            "graceful_timeout": 5,
            # Over what the application answers, so that it is the one to say that an address is too long.
            "limit_request_line": 8190,
            # Whom to believe about proxies is the application's to know.
            "forwarded_allow_ips": "",
            "loglevel": "warning",
            # An answer that goes on is told from one that hangs.
            "post_fork": lambda _, worker: alive.tell(worker.notify),
            "when_ready": lambda _: ready(),
            # Heartbeats on a disk that is slow to sync would look like workers that hang.
            "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,  # noqa: PTH112
        }
        super().__init__()

    def load_config(self) -> None:
        """Hand gunicorn its settings; its own command line and configuration file play no part."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make the application; called in each process."""
        return self._make()


def listen(host: str, port: int) -> socket.socket:
    """Bind the address to serve on. Raises SettingError that says what is in the way."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        raise SettingError(
            f"Cannot serve on {host}:{port}: {error.strerror}. "
            "Choose another with --host or --port; --port 0 takes any."
        ) from None
    return listening


def address(listening: socket.socket) -> str:
    """Return the URL of a bound socket."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def serve(
    make: Callable[[], Flask], listening: socket.socket, workers: int, seconds: int, ready: Callable[[], Any]
) -> None:
    """Serve until told to stop (Ctrl-C, SIGTERM)."""
    os.set_inheritable(listening.fileno(), True)
    owner = os.getpid()
    try:
        Server(make, listening, workers or os.cpu_count() or 1, seconds, ready).run()
    finally:
        if os.getpid() != owner:
            # A worker that ends comes by here, too; what its parent has to tidy up is none of its business.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)

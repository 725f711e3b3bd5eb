"""A disk that fails at the n-th thing asked of it, for whole commands: Python, SQLite and C libraries alike.

The calls that write are caught between a program and the C library, by a library of our own that is loaded before it.
A process starts once with that library and all modules loaded; each command is run in a fork of it, told when to fail.

What counts, on files and folders: writing, making longer or shorter, syncing, renaming, making a folder or a file. A
disk that is full refuses from then on all that takes room, one that is broken refuses one call, whatever it is.
"""

import ctypes
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static long calls, at;
static int error, lasting;

void disk_fails(long n, int e, int l) { calls = 0; at = n; error = e; lasting = l; }
long disk_calls(void) { return calls; }

static int fails(int takes_room) {
    calls++;
    if (!at || calls < at || (lasting ? !takes_room : calls > at)) return 0;
    errno = error;
    return 1;
}
static int on_disk(int fd) {
    struct stat s;
    return !fstat(fd, &s) && (S_ISREG(s.st_mode) || S_ISDIR(s.st_mode));
}
#define REAL(name) __typeof__(name) *real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *b, size_t n) { REAL(write); return on_disk(fd) && fails(1) ? -1 : real(fd, b, n); }
ssize_t writev(int fd, const struct iovec *v, int n) {
    REAL(writev);
    return on_disk(fd) && fails(1) ? -1 : real(fd, v, n);
}
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { REAL(pwrite); return fails(1) ? -1 : real(fd, b, n, o); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) {
    REAL(pwrite64);
    return fails(1) ? -1 : real(fd, b, n, o);
}
int ftruncate(int fd, off_t o) { REAL(ftruncate); return fails(1) ? -1 : real(fd, o); }
int ftruncate64(int fd, off64_t o) { REAL(ftruncate64); return fails(1) ? -1 : real(fd, o); }
int fsync(int fd) { REAL(fsync); return fails(0) ? -1 : real(fd); }
int fdatasync(int fd) { REAL(fdatasync); return fails(0) ? -1 : real(fd); }
int rename(const char *a, const char *b) { REAL(rename); return fails(0) ? -1 : real(a, b); }
int renameat(int d, const char *a, int e, const char *b) { REAL(renameat); return fails(0) ? -1 : real(d, a, e, b); }
int mkdir(const char *a, mode_t m) { REAL(mkdir); return fails(1) ? -1 : real(a, m); }
#define OPEN(name) int name(const char *a, int f, ...) { \
    REAL(name); va_list l; va_start(l, f); mode_t m = f & (O_CREAT | O_TMPFILE) ? va_arg(l, mode_t) : 0; va_end(l); \
    return f & O_CREAT && access(a, F_OK) && fails(1) ? -1 : real(a, f, m); }
OPEN(open)
OPEN(open64)
"""


def able() -> bool:
    """Say whether this machine can do it."""
    return sys.platform == "linux" and shutil.which("cc") is not None


@dataclass(frozen=True)
class Ended:
    """How a command ended, and how many calls it made; -1 for one that was killed."""

    status: int
    stdout: str
    stderr: str
    calls: int


class FailingDisk:
    """Runs commands on a disk that fails. Made by ``failing_disk``."""

    def __init__(self, to: IO[str], back: IO[str]) -> None:
        self._to, self._back = to, back

    def run(self, *words: str, at: int = 0, error: int = 0, lasting: bool = False) -> Ended:
        """Run a command, with the call number ``at`` failing, 0 for none."""
        print(json.dumps([words, at, error, lasting]), file=self._to, flush=True)
        return Ended(*json.loads(self._back.readline()))


@contextmanager
def failing_disk(folder: Path) -> Iterator[FailingDisk]:
    """Give a disk that fails; ``folder`` is for what has to be made for that."""
    source, library = folder / "failing.c", folder / "failing.so"
    source.write_text(SOURCE)
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
    environment = {**os.environ, "LD_PRELOAD": str(library)}
    command = [sys.executable, "-m", "tests.failing_disk"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield FailingDisk(process.stdin, process.stdout)
        finally:
            process.stdin.close()


def main() -> None:
    """Run the commands that come in by lines, each in a fork."""
    from web.commands import backfile

    library = ctypes.CDLL(None)
    back = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        words, at, error, lasting = json.loads(line)
        pipes = [os.pipe() for _ in range(3)]
        child = os.fork()
        if child == 0:
            os.dup2(pipes[0][1], 1)
            os.dup2(pipes[1][1], 2)
            status = 70
            library.disk_fails(at, error, int(lasting))
            try:
                backfile.main(words)
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 1
            finally:
                calls = library.disk_calls()
                library.disk_fails(0, 0, 0)
                os.write(pipes[2][1], str(calls).encode())
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        told = []
        for read, write in pipes:
            os.close(write)
            with os.fdopen(read) as stream:
                told.append(stream.read())
        _, status = os.waitpid(child, 0)
        ended = [os.waitstatus_to_exitcode(status), told[0], told[1], int(told[2] or -1)]
        print(json.dumps(ended), file=back, flush=True)


if __name__ == "__main__":
    main()

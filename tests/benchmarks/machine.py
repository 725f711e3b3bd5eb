"""What was measured on, and with which versions."""

import os
import platform
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def machine() -> str:
    """One line about processor, memory, system and Python."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}"
    )


def versions() -> str:
    """One line about the engines and what they stand on."""
    known = [
        f"{label} {_version(package)}"
        for label, package in (
            ("Backfile", "backfile"),
            ("NumPy", "numpy"),
            ("Whoosh", "whoosh"),
            ("tantivy", "tantivy"),
        )
    ]
    return ", ".join([*known, f"SQLite {sqlite3.sqlite_version}"])


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed as a package"

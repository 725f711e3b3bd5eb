"""What a process and its children hold in memory, as Linux tells it in /proc."""

import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of a process or of several: all that is resident, and the part of it that no file stands behind."""

    resident: int
    private: int

    def __add__(self, other: "Memory") -> "Memory":
        return Memory(self.resident + other.resident, self.private + other.private)


NOTHING = Memory(0, 0)


def memory_of(pid: int | str) -> Memory:
    """Memory of one process; nothing for one that has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return NOTHING
    sizes = {}
    for line in status.splitlines():
        name, _, value = line.partition(":")
        if name in ("VmRSS", "RssAnon", "RssShmem"):
            sizes[name] = int(value.split()[0]) * 1024
    return Memory(sizes.get("VmRSS", 0), sizes.get("RssAnon", 0) + sizes.get("RssShmem", 0))


class Peak:
    """The most memory that a process and its descendants were seen to hold together."""

    # Whose child a process is has to be asked of every process of the machine, which takes a millisecond or two.
    _SECONDS_BETWEEN_CENSUSES = 0.1

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._family = [pid]
        self._counted = 0.0
        self.memory = NOTHING

    def look(self) -> None:
        """Take the sum as it is at this moment."""
        now = time.monotonic()
        if now - self._counted > self._SECONDS_BETWEEN_CENSUSES:
            self._family = family(self._pid)
            self._counted = now
        seen = sum((memory_of(pid) for pid in self._family), NOTHING)
        self.memory = Memory(max(self.memory.resident, seen.resident), max(self.memory.private, seen.private))


def family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                # The name in brackets may hold anything; state and parent follow the last bracket.
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for member in found:
        found += children.get(member, [])
    return found

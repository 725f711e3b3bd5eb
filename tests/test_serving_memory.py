"""What a process takes that has served for long."""

import gzip
import http.client
import random
import re
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import orjson
import pytest

from index.indexing import index
from tests.benchmarks.memory import family
from tests.test_server import serving

MOST = 130_000_000
"""Bytes of private memory that a process may take at 200,000 articles. From the 4,000th question on it goes up and down
between 105 and 126 million, by what the allocator has given back."""


def questions(source: Path, count: int) -> list[str]:
    """Draw words, three words, phrases and prefixes from the articles of a file, with a fixed seed."""
    chance = random.Random(20260101)
    with gzip.open(source) as stream:
        texts = [orjson.loads(line)["title"] for line in stream]
    found: list[str] = []
    while len(found) < count:
        words = re.findall(r"[A-Za-z]{3,}", chance.choice(texts))
        if len(words) > 3:
            at = chance.randrange(len(words) - 1)
            kinds = words[at], " ".join(chance.sample(words, 3)), f'"{words[at]} {words[at + 1]}"', f"{words[at][:4]}*"
            found.append(chance.choice(kinds))
    return found


def anonymous(pid: int) -> int:
    """Return the bytes of a process that no file stands behind, not even one in memory."""
    (kilobytes,) = re.findall(r"RssAnon:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(kilobytes) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="what a process takes is read from /proc")
@pytest.mark.parametrize("count", [2_000, pytest.param(20_000, marks=pytest.mark.long)])
def test_a_server_takes_no_more_however_much_it_is_asked(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """Whatever is kept is bounded, all of it together."""
    source, folder = shared / "data" / "rss_en_200k.jsonl.gz", tmp_path / "index"
    index(folder, [str(source)])
    monkeypatch.setenv("BACKFILE_INDEX", str(folder))
    with serving("serve", "--workers", "1") as (address, process):
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
        for number, query in enumerate(questions(source, count)):
            connection.request("GET", f"/{'api/search' if number % 2 else ''}?{urlencode({'q': query})}")
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, query
        assert max(map(anonymous, family(process.pid))) < MOST

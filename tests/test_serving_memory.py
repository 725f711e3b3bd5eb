"""What a process takes that has served for long."""

import http.client
import re
from itertools import chain
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from index.indexing import index
from tests.benchmarks.articles import read_articles
from tests.benchmarks.backfile import request_for
from tests.benchmarks.memory import family
from tests.benchmarks.queries import Kind, draw, survey
from tests.test_server import serving
from web.parameters import write_request


def questions(source: Path, count: int) -> list[str]:
    """Draw query strings, of every kind in turn, from the articles of a file."""
    kinds = draw(survey(read_articles(source)).sample, count // len(Kind)).values()
    asked = chain.from_iterable(zip(*kinds, strict=True))
    return [urlencode(write_request(request_for(query)), doseq=True) for query in asked]


def anonymous(pid: int) -> int:
    """Return the bytes of a process that no file stands behind, not even one in memory."""
    (kilobytes,) = re.findall(r"RssAnon:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(kilobytes) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="what a process takes is read from /proc")
@pytest.mark.parametrize(("count", "most"), [(2_000, 115), pytest.param(20_000, 130, marks=pytest.mark.long)])
def test_a_server_takes_no_more_however_much_it_is_asked(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, most: int
) -> None:
    """Whatever is kept is bounded, all of it together: ``most`` megabytes at 200,000 articles.

    With the bounds on lists, words and queries as wide as they once were, 2,000 questions took 129 instead of 100.
    """
    source, folder = shared / "data" / "rss_en_200k.jsonl.gz", tmp_path / "index"
    index(folder, [str(source)])
    monkeypatch.setenv("BACKFILE_INDEX", str(folder))
    with serving("serve", "--workers", "1") as (address, process):
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
        for number, query in enumerate(questions(source, count)):
            connection.request("GET", f"/{'api/search' if number % 2 else ''}?{query}")
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, query
        assert max(map(anonymous, family(process.pid))) < most * 1_000_000

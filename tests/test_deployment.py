"""Behind a proxy, under a prefix, under names of its own: what the settings of a server do."""

import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from index.settings import PREFIX, SETTINGS
from search import Article, RequestError, SearchRequest, open_searcher
from tests.searching import make_index
from tests.test_api import problem
from tests.web_archive import FakeArchive
from web import Config, create_app

Make = Callable[..., FlaskClient]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Make:
    """Make a client of an application with some settings."""

    def made(**settings: object) -> FlaskClient:
        for name, value in settings.items():
            monkeypatch.setenv("BACKFILE_" + name.upper(), str(value))
        return create_app(Config(index=Path("unused")), FakeArchive()).test_client()

    return made


PROXIED = {
    "X-Forwarded-For": "192.0.2.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "archive.example",
    "X-Forwarded-Prefix": "/news/archive",
}


def links(client: FlaskClient, headers: dict[str, str]) -> list[str]:
    """Return links of the kinds there are: of the API, of a feed, of a page."""
    answer = json.loads(client.get("/api/search?q=bridge&page-size=1", headers=headers).data)
    feed = ElementTree.fromstring(client.get("/feed.atom?q=bridge", headers=headers).data)
    return [answer["next"], feed.findtext("{http://www.w3.org/2005/Atom}id") or ""]


def test_a_proxy_is_not_believed_unless_told(make: Make) -> None:
    """Anybody can send these headers; without the setting they change nothing."""
    api, feed = links(make(), PROXIED)
    assert api.startswith("/api/search?")
    assert feed.startswith("http://localhost/feed.atom")


def test_under_a_prefix_every_link_has_it(make: Make) -> None:
    """Behind a proxy that is believed, links lead to the outside: its scheme, host and prefix."""
    client = make(trusted_proxies=1)
    api, feed = links(client, PROXIED)
    assert api.startswith("/news/archive/api/search?")
    assert feed.startswith("https://archive.example/news/archive/feed.atom")
    page = client.get("/?q=bridge", headers=PROXIED).data.decode()
    assert 'href="/news/archive/static/' in page
    assert 'href="/' not in page.replace('href="/news/archive/', "")
    described = json.loads(client.get("/openapi.json", headers=PROXIED).data)
    assert described["servers"] == [{"url": "/news/archive"}]
    assert problem(client.get("/api/none", headers=PROXIED))["instance"] == "/news/archive/api/none"


def test_a_prefix_can_be_a_setting(make: Make) -> None:
    """Where the proxy passes addresses on as they are, ids with odd slashes stay what they are."""
    client = make(prefix="/news/archive")
    answer = json.loads(client.get("/news/archive/api/search?q=bridge&page-size=1").data)
    assert answer["next"].startswith("/news/archive/api/search?")
    assert client.get("/news/archive" + answer["next"].removeprefix("/news/archive")).status_code == 200
    assert client.get("/news/archive/articles/2019%2F001.txt").status_code == 200
    assert 'href="/news/archive/static/' in client.get("/news/archive/").data.decode()
    assert client.get("/healthz").status_code == 200
    assert client.get("/news/archived").status_code == 404


@pytest.mark.parametrize("path", ["archive", "/archive/", "/", "//evil.example", "/a b", "https://x"])
def test_a_prefix_is_a_path(path: str) -> None:
    """Nothing that could be taken for another site."""
    with pytest.raises(ValueError, match="slash"):
        PREFIX.read(path)


def test_only_the_nearest_proxy_is_believed(make: Make) -> None:
    """With one proxy the last of several values counts, which is the one that it has added itself."""
    _, feed = links(make(trusted_proxies=1), {**PROXIED, "X-Forwarded-Host": "evil.example, archive.example"})
    assert feed.startswith("https://archive.example/")


def test_names_that_are_not_ours_are_refused(make: Make) -> None:
    """When host names are set, another one is a 400 on every address, as a page or as JSON; one with a port is ours."""
    client = make(hosts="archive.example .news.example")
    for host in ("archive.example", "archive.example:8000", "www.news.example"):
        assert client.get("/api/search", headers={"Host": host}).status_code == 200
    for host in ("evil.example", "archive.example.evil", "localhost"):
        assert problem(client.get("/api/search", headers={"Host": host}))["status"] == 400
        assert client.get("/", headers={"Host": host}).status_code == 400
        assert client.get("/none", headers={"Host": host}).status_code == 400
        assert b"evil" not in client.get("/feed.atom", headers={"Host": host}).data


def test_any_name_is_answered_unless_told(make: Make) -> None:
    """Without the setting the archive answers under every name."""
    assert make().get("/api/search", headers={"Host": "whatever.example"}).status_code == 200


def test_bodies_are_refused(make: Make) -> None:
    """Nothing reads a body: one of any length, or of none that is told, is a 413."""
    client = make()
    assert problem(client.get("/api/search", data=b"x"))["code"] == "content-too-large"
    chunked = client.get("/api/search", headers={"Transfer-Encoding": "chunked"})
    assert problem(chunked)["status"] == 413
    assert make(max_body_bytes=3).get("/api/search", data=b"xxx").status_code == 200
    assert make(max_body_bytes=3).get("/api/search", data=b"xxxx").status_code == 413


def test_the_length_of_addresses_is_a_setting(make: Make) -> None:
    """As long as told, and no longer."""
    client = make(max_url_bytes=300)
    assert client.get("/api/search?q=".ljust(300, "a")).status_code == 200
    assert problem(client.get("/api/search?q=".ljust(301, "a")))["code"] == "uri-too-long"


def test_other_sites_read_the_api_only_if_told(make: Make) -> None:
    """No header unless set; then for the sites named alone, and never for the pages."""
    theirs = {"Origin": "https://newsroom.example"}
    name = "Access-Control-Allow-Origin"
    assert name not in make().get("/api/search", headers=theirs).headers
    client = make(cors_origins="https://newsroom.example https://other.example")
    answer = client.get("/api/search", headers=theirs)
    assert answer.headers[name] == "https://newsroom.example"
    assert "Origin" in answer.headers["Vary"]
    assert name not in client.get("/", headers=theirs).headers
    other = client.get("/api/search", headers={"Origin": "https://evil.example"})
    assert name not in other.headers
    assert "Origin" in other.headers["Vary"]
    assert client.get("/api/search?page=x", headers=theirs).headers[name] == "https://newsroom.example"
    assert make(cors_origins="*").get("/feed.atom").headers[name] == "*"


def test_the_access_log_has_a_line_a_request(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    """Method, address, status, size and time; searches that found nothing are marked, and slow ones."""
    client = make(access_log="full", slow_ms=3_600_000)
    with caplog.at_level(logging.INFO, "backfile.access"):
        client.get("/api/search?q=bridge%20%0aGET")
        client.get("/api/search?q=xyzzy")
        client.get("/nowhere/%0d%0aforged")
        client.get("/?q=xyzzy")
        client.get("/feed.atom?q=xyzzy")
        client.get("/?q=bridge")
    first, second, third, page, feed, found = caplog.messages
    assert " GET /api/search?q=bridge%20%0aGET 200 " in first
    assert first.endswith(" ms empty")
    assert second.endswith(" ms empty")
    assert " 404 " in third
    assert "\n" not in third
    assert "%0D%0Aforged" in third
    assert page.endswith(" ms empty")
    assert feed.endswith(" ms empty")
    assert found.endswith(" ms")


def test_the_access_log_can_leave_queries_out(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    """With ``paths`` nobody learns from it what was searched for or read; off, there is none."""
    client = make(access_log="paths")
    with caplog.at_level(logging.INFO, "backfile.access"):
        client.get("/api/search?q=secret")
        client.get("/articles/2019/001.txt?q=secret")
    assert " GET /api/search 200 " in caplog.messages[0]
    assert " GET /articles/<article_id:identifier> 200 " in caplog.messages[1]
    assert not any("secret" in message or "2019/001" in message for message in caplog.messages)
    caplog.clear()
    silent = make(access_log="off")
    with caplog.at_level(logging.INFO, "backfile.access"):
        silent.get("/api/search?q=secret")
    assert caplog.messages == []


def test_slow_requests_are_marked(
    make: Make, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From so many milliseconds on a request is slow."""
    client = make(access_log="full", slow_ms=1)
    search = FakeArchive.search

    def slowly(self: FakeArchive, request: SearchRequest) -> object:
        time.sleep(0.002)
        return search(self, request)

    monkeypatch.setattr(FakeArchive, "search", slowly)
    with caplog.at_level(logging.INFO, "backfile.access"):
        client.get("/api/search?q=bridge")
    assert caplog.messages[0].endswith(" ms slow")


def test_pages_go_only_so_deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of hits beyond the cap is an error that names cursors; past the end it stays empty; cursors go on."""
    monkeypatch.setenv("BACKFILE_MAX_HITS_DEEP", "100")
    articles = [Article(id=f"{number:03}", title="bridge") for number in range(130)]
    with open_searcher(make_index(tmp_path / "index", articles)) as searcher:
        assert len(searcher.search(SearchRequest(page=10, page_size=10)).hits) == 10
        with pytest.raises(RequestError, match="cursor"):
            searcher.search(SearchRequest(page=11, page_size=10))
        beyond = searcher.search(SearchRequest(page=14, page_size=10))
        assert (beyond.total, beyond.hits) == (130, ())
        cursor = searcher.search(SearchRequest(page=10, page_size=10)).next_cursor
        assert len(searcher.search(SearchRequest(cursor=cursor, page_size=30)).hits) == 30


def test_settings_prints_them_all() -> None:
    """The command tells of every setting, with its default and its variable."""
    shown = subprocess.run([sys.executable, "-m", "web", "settings"], capture_output=True, text=True, check=True).stdout
    for setting in SETTINGS:
        assert any(setting.name in line and setting.environment in line for line in shown.splitlines())


def test_a_setting_that_cannot_be_stops_the_server_before_it_starts(tmp_path: Path) -> None:
    """The first visitor is not the one to find out."""
    folder = make_index(tmp_path / "index", [Article(id="1", title="bridge")])
    done = subprocess.run(
        [sys.executable, "-m", "web", "serve", "--index", str(folder), "--port", "0"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"BACKFILE_ACCESS_LOG": "everything", "PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)},
    )
    assert done.returncode == 2
    assert "BACKFILE_ACCESS_LOG" in done.stderr
    assert "off, paths, full" in done.stderr

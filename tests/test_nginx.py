"""README's configuration of nginx does what it says: the archive under a prefix, with a password and without."""

import base64
import http.client
import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from search import Article
from tests.searching import make_index
from tests.test_readme import blocks
from tests.test_server import READY_SECONDS, serving

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
HOST = "archive.example"

pytestmark = pytest.mark.skipif(NGINX is None, reason="there is no nginx here: apt-get install nginx-light")

IDS = ("2019/001.txt", "/begins/with", "a//b", "up/../down", "50% of a?b#c", "été 漢字", "%2F", "a+b&c=d")
"""Ids that proxies and browsers would like to make something else of."""

CONFIGURATION = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        {locations}
    }}
}}
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server as the systemd unit of README sets it up; gives the address behind nginx."""
    articles = [Article(id=one, title="Harbour bridge", body=f"Number {n}.") for n, one in enumerate(IDS)]
    folder = make_index(tmp_path_factory.mktemp("nginx") / "index", articles)
    settings = re.findall(r"^Environment=(BACKFILE_(?!INDEX)\w+)=(.*)$", blocks("ini")[0], re.MULTILINE)
    with pytest.MonkeyPatch.context() as environment:
        for name, value in settings:
            environment.setenv(name, value)
        assert {"BACKFILE_PREFIX", "BACKFILE_TRUSTED_PROXIES", "BACKFILE_HOSTS"} <= {name for name, _ in settings}
        with serving("serve", "--index", str(folder), "--workers", "1") as (address, _):
            yield address


Get = Callable[..., tuple[int, http.client.HTTPMessage, bytes]]


@contextmanager
def nginx(folder: Path, archive: str, password_file: Path | None = None) -> Iterator[Get]:
    """Run nginx with README's blocks; yields what asks it by the archive's name."""
    assert NGINX is not None
    first, password = blocks("nginx")
    locations = first.replace("http://127.0.0.1:8000", archive.rstrip("/"))
    if password_file is not None:
        own = password.replace("/etc/nginx/archive.htpasswd", str(password_file))
        locations = locations.replace("}", own + "}", 1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, port=port, locations=locations))
    command = [NGINX, "-p", str(folder), "-c", "nginx.conf"]

    def get(path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=READY_SECONDS)
        try:
            connection.request("GET", path, headers={"Host": f"{HOST}:{port}", **headers})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + READY_SECONDS
            while True:
                try:
                    get("/")
                    break
                except OSError:
                    assert process.poll() is None, process.stderr.read() if process.stderr else ""
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
            yield get
        finally:
            process.terminate()
            process.communicate(timeout=READY_SECONDS)


def test_the_archive_answers_under_its_prefix(tmp_path: Path, archive: str) -> None:
    """Page, style, API, feed and errors, every link of them under the prefix; figures are for nobody outside."""
    with nginx(tmp_path, archive) as get:
        status, headers, page = get("/archive/?q=bridge")
        assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        links = [unescape(link) for link in re.findall(r'(?:href|src|action)="(.*?)"', page.decode())]
        assert all(link.startswith(("/archive/", "#", "https://")) for link in links), links
        for asset in (link for link in links if "/static/" in link):
            assert get(asset)[0] == 200, asset
        answer = json.loads(get("/archive/api/search?q=bridge&page-size=3")[2])
        assert answer["total"] == len(IDS)
        assert answer["next"].startswith("/archive/api/search?")
        assert len(json.loads(get(answer["next"])[2])["results"]) == 3
        feed = ElementTree.fromstring(get("/archive/feed.atom?q=bridge")[2])
        itself = urlsplit(feed.findtext("{http://www.w3.org/2005/Atom}id") or "")
        assert (itself.scheme, itself.hostname, itself.path) == ("http", HOST, "/archive/feed.atom")
        status, headers, body = get("/archive/api/none")
        assert (status, headers["Content-Type"]) == (404, "application/problem+json")
        assert json.loads(body)["instance"] == "/archive/api/none"
        status, _, body = get("/archive/articles/none")
        assert status == 404
        assert b"/archive/static/backfile.css" in body
        assert [get(path)[0] for path in ("/archive/none", "/archive/metrics", "/", "/api/search")] == [
            404,
            403,
            404,
            404,
        ]


def test_articles_with_odd_ids_are_reached(tmp_path: Path, archive: str) -> None:
    """The links of the page and of the answers of the API lead to the very article, whatever its id holds."""
    with nginx(tmp_path, archive) as get:
        page = get("/archive/?q=bridge&page-size=20")[2].decode()
        links = sorted({unescape(link) for link in re.findall(r'href="(/archive/articles/[^"]*)"', page)})
        assert len(links) == len(IDS)
        shown = [get(link) for link in links]
        assert {status for status, _, _ in shown} == {200}
        numbers = sorted(int(re.findall(r"Number (\d+)\.", body.decode())[0]) for _, _, body in shown)
        assert numbers == [*range(len(IDS))]
        found = [json.loads(get(link.replace("/articles/", "/api/articles/").partition("?")[0])[2]) for link in links]
        assert sorted(one["id"] for one in found) == sorted(IDS)


def test_a_password_is_asked_for(tmp_path: Path, archive: str) -> None:
    """Nothing of the archive is shown without the name and the password in the file."""
    passwords = tmp_path / "archive.htpasswd"
    passwords.write_text("reader:{PLAIN}open sesame\n")
    with nginx(tmp_path, archive, passwords) as get:
        for path in ("/archive/", "/archive/api/search", "/archive/articles/none", "/archive/export.jsonl"):
            assert get(path)[0] == 401
        wrong, right = (base64.b64encode(text.encode()).decode() for text in ("reader:x", "reader:open sesame"))
        assert get("/archive/", Authorization=f"Basic {wrong}")[0] == 401
        assert get("/archive/", Authorization=f"Basic {right}")[0] == 200
        assert json.loads(get("/archive/api/search?q=bridge", Authorization=f"Basic {right}")[2])["total"] == len(IDS)

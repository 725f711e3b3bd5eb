"""The production server as it is run: real processes, asked over HTTP."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from index import Article, open_writer

READY_SECONDS = 30


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Run a command that serves, on a free port; yields its address once it has said it."""
    command = [sys.executable, "-m", "web", *arguments, "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        for line in process.stdout:
            if found := re.search(r"http://\S+", line):
                yield found.group(), process
                break
        else:
            pytest.fail(process.stderr.read())
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=READY_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def get(url: str) -> Any:
    """Return the JSON at an address."""
    with urllib.request.urlopen(url, timeout=READY_SECONDS) as answer:
        return json.load(answer)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An index with one article."""
    with open_writer(tmp_path / "index") as writer:
        writer.add(Article(id="1", title="Harbour bridge closed"))
    return tmp_path / "index"


def test_a_new_generation_is_served_without_a_restart(folder: Path) -> None:
    """Every process answers from the newest generation, and none mixes two."""
    with serving("serve", "--index", str(folder), "--workers", "2") as (address, _):
        assert get(address + "api/search?q=harbour")["total"] == 1
        with open_writer(folder) as writer:
            writer.add(Article(id="2", title="Harbour reopened"))
        for _ in range(20):
            answer = get(address + "api/search?q=harbour")
            assert (answer["index"]["generation"], answer["total"]) == (2, 2)


def test_an_index_that_goes_away_is_a_503(folder: Path) -> None:
    """A folder emptied under the server is a problem with words, not a crash, and ends when the index is back."""
    with serving("serve", "--index", str(folder), "--workers", "1") as (address, _):
        hidden = folder.with_name("hidden")
        folder.rename(hidden)
        with pytest.raises(urllib.error.HTTPError) as caught:
            get(address + "api/search?q=harbour")
        with caught.value as error:
            assert error.code == 503
            assert "at the moment" in json.load(error)["detail"]
        hidden.rename(folder)
        assert get(address + "api/search?q=harbour")["total"] == 1


def test_a_killed_worker_is_replaced(folder: Path) -> None:
    """A process that dies takes nothing with it: the next one answers."""
    with serving("serve", "--index", str(folder), "--workers", "1") as (address, process):
        get(address + "healthz")
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True
        ).stdout
        for child in children.split():
            os.kill(int(child), signal.SIGKILL)
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                assert get(address + "api/search?q=harbour")["total"] == 1
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.1)


def test_an_address_in_use_is_said(folder: Path) -> None:
    """A second server on the same port ends with a message that says what to do."""
    with serving("serve", "--index", str(folder), "--workers", "1") as (address, _):
        port = re.findall(r":(\d+)/", address)[0]
        second = subprocess.run(
            [sys.executable, "-m", "web", "serve", "--index", str(folder), "--port", port],
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 2
        assert "--port" in second.stderr
        assert "Traceback" not in second.stderr


def test_the_demo_serves_the_sample_archive() -> None:
    """One command: the sample archive in a browser, its markup as text, its folder gone afterwards."""
    with serving("demo", "--workers", "1") as (address, _):
        answer = get(address + "api/search?facets=section,date&date-interval=year")
        assert answer["total"] >= 60
        assert len(answer["facets"]["section"]["values"]) == 8
        assert [bucket["from"][:4] for bucket in answer["facets"]["date"]["buckets"]] == ["2023", "2024"]
        hostile = get(address + "api/search?q=title:script")["results"][0]["highlights"]["title"]
        assert "&lt;<mark>script</mark>&gt;" in hostile
        with urllib.request.urlopen(address, timeout=READY_SECONDS) as page:
            assert "The Varnmouth Courier" in page.read().decode()


def test_a_worker_that_ends_leaves_what_is_its_parents() -> None:
    """A worker told to end takes neither the demo's index nor the figures with it: its successor answers."""
    with serving("demo", "--workers", "1") as (address, process):
        before = get(address + "api/search")["total"]
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True
        ).stdout
        for child in children.split():
            os.kill(int(child), signal.SIGTERM)
        time.sleep(0.5)
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                assert get(address + "api/search")["total"] == before
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        with urllib.request.urlopen(address + "metrics", timeout=READY_SECONDS) as figures:
            assert b"backfile_requests_total" in figures.read()


def test_figures_are_those_of_all_processes(folder: Path) -> None:
    """Whichever process is asked, it tells of what all of them have answered."""
    with serving("serve", "--index", str(folder), "--workers", "2") as (address, _):
        for _ in range(20):
            get(address + "api/search?q=harbour")
        with urllib.request.urlopen(address + "metrics", timeout=READY_SECONDS) as figures:
            text = figures.read().decode()
        found = re.findall(r'^backfile_requests_total\{endpoint="backfile_api.search".*?\} (\S+)$', text, re.MULTILINE)
        assert sum(map(float, found)) == 20


def test_a_download_over_a_slow_line_comes_whole(tmp_path: Path) -> None:
    """What takes longer than a request may hang goes on while it moves; one more download is asked to wait."""
    with open_writer(tmp_path / "index") as writer:
        for number in range(100):
            writer.add(Article(id=str(number), title="bridge", body="bridge " * 30_000))
    arguments = ("--index", str(tmp_path / "index"), "--workers", "2", "--request-seconds", "2")
    with serving("serve", *arguments) as (address, _), socket.socket() as line:
        # What lies in buffers on the way would be sent at once.
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        host, port = re.findall(r"//(.*):(\d+)/", address)[0]
        line.connect((host, int(port)))
        line.sendall(f"GET /export.jsonl HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        received = b""
        began = time.monotonic()
        while time.monotonic() - began < 5:
            received += line.recv(1 << 18)
            time.sleep(0.1)
        with pytest.raises(urllib.error.HTTPError) as caught:
            get(address + "export.jsonl")
        with caught.value as error:
            assert (error.code, json.load(error)["code"]) == (429, "too-many-requests")
        received += b"".join(iter(lambda: line.recv(1 << 18), b""))
        assert received.endswith(b"0\r\n\r\n")
        assert received.count(b'"title":"bridge"') == 100
        with urllib.request.urlopen(address + "export.csv?q=ferry", timeout=READY_SECONDS) as answer:
            assert answer.status == 200

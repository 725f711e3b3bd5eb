"""The access log: a line a request, with or without what was searched for, slow and empty ones marked.

    2021-01-18T16:26:00Z 192.0.2.7 GET /api/search?q=harbour 200 5120 3.2 ms
    2021-01-18T16:26:04Z 192.0.2.7 GET /?q=harbuor 200 2810 812.0 ms slow empty

Control characters of an address stay percent-encoded, so that no request can write a line of its own.
"""

import datetime
import logging
import time
from urllib.parse import quote

from flask import Flask, Response, g, request

from index.settings import ACCESS_LOG, SLOW_MS
from web.observing import seen_total

log = logging.getLogger("backfile.access")


def watch(app: Flask) -> None:
    """Log what an application answers, if the settings say so."""
    kind = ACCESS_LOG.value()
    if kind == "off":
        return
    slow = SLOW_MS.value()

    def begin() -> None:
        g.backfile_logged = time.perf_counter()

    def write(response: Response) -> Response:
        took = (time.perf_counter() - g.get("backfile_logged", time.perf_counter())) * 1000
        marks = [" slow"] if took >= slow else []
        if seen_total() == 0:
            marks.append(" empty")
        log.info("%s", line(response, took, full=kind == "full") + "".join(marks))
        return response

    app.before_request(begin)
    app.after_request(write)


def to_standard_error() -> None:
    """Write the lines where a server's own messages go."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


def line(response: Response, took: float, *, full: bool) -> str:
    """Return the line of a request; without ``full`` it leaves out the query string and which article was read."""
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if full:
        asked = quote(request.root_path + request.path)
        if request.query_string:
            asked += "?" + quote(request.query_string, safe="%&=+-._~*!:/,;@$'()?")
    else:
        asked = str(request.url_rule or "-")
    length = response.content_length
    where = quote(request.remote_addr or "-", safe=":.")
    return f"{now} {where} {request.method} {asked} {response.status_code} {length or '-'} {took:.1f} ms"

"""Flask that does nothing, as Backfile's server serves it: what no answer can be quicker than.

python -m tests.benchmarks.bare BYTES WORKERS
"""

import sys

from flask import Flask, Response

from web.server import address, listen, serve


def bare(size: int) -> Flask:
    """Make an application that answers every address with the same bytes."""
    body = b"x" * size
    app = Flask(__name__, static_folder=None)

    def answer(path: str = "") -> Response:
        return Response(body, content_type="application/json")

    app.add_url_rule("/", view_func=answer)
    app.add_url_rule("/<path:path>", view_func=answer)
    return app


if __name__ == "__main__":
    size, workers = map(int, sys.argv[1:])
    listening = listen("127.0.0.1", 0)
    where = address(listening)
    serve(lambda: bare(size), listening, workers, 30, lambda: print(f"Serving on {where}", flush=True))

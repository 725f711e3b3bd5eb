"""Kept answers: what the API has answered is sent again while the index stays as it is.

An answer's tag stands for all that it depends on (see ``caching``), so that the bytes kept under it are those that
would be worked out again, but for the milliseconds that the search took. The front page of a newsroom's site and those
who turn pages ask the same things all day. Pages are made anew: what a template of somebody else's shows may be for one
reader alone.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from flask import Response, current_app

from index.settings import ANSWERS_MEGABYTES
from web.caching import tag
from web.observing import seen_again, seen_total

_EXTENSION = "backfile_answers"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of 200 as it was sent, before it was packed; ``total`` is how much its search found."""

    body: bytes
    media_type: str
    total: int | None


class Answers:
    """Answers by their tags, ``limit`` bytes of them at most; who was not asked for longest goes. For many threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[str, Answer] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, tag: str) -> Answer | None:
        """Return the answer with a tag, or None."""
        with self._lock:
            found = self._kept.get(tag)
            if found is not None:
                self._kept.move_to_end(tag)
        return found

    def keep(self, tag: str, answer: Answer) -> None:
        """Keep an answer, unless it is so large that it would push out most others."""
        if len(answer.body) * 8 > self._limit:
            return
        with self._lock:
            self._drop(self._kept.pop(tag, None))
            self._kept[tag] = answer
            self._bytes += len(answer.body)
            while self._bytes > self._limit:
                self._drop(self._kept.popitem(last=False)[1])

    def _drop(self, answer: Answer | None) -> None:
        self._bytes -= len(answer.body) if answer else 0


def kept_answer() -> Response | None:
    """Return what was answered to the same request, of which ``caching.current`` has been told, or None."""
    found = _answers().get(tag())
    if found is None:
        return None
    seen_again(found.total)
    return Response(found.body, content_type=found.media_type)


def keep(response: Response) -> Response:
    """Keep the answer to this request."""
    answer = Answer(response.get_data(), response.content_type or "", seen_total())
    _answers().keep(tag(), answer)
    return response


def _answers() -> Answers:
    kept: Answers | None = current_app.extensions.get(_EXTENSION)
    if kept is None:
        kept = current_app.extensions.setdefault(_EXTENSION, Answers(ANSWERS_MEGABYTES.value() * 1_000_000))
    return kept

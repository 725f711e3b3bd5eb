"""Snippets: the passages of an article that show the match, as text and ranges.

A passage begins and ends at the edge of a sentence where that fits, else between words. The best is the one with the
most telling different words of the query close together; repetition counts little, and words that another passage
shows already count less.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence

import regex

from search.marks import Mark
from search.results import Range, Snippet

LENGTH = 240
"""Characters of a passage, about two lines of a page."""

CLOSE = 160
"""Characters within which words of the query are shown together."""

PASSAGES = 2

SHOWN = 0.2
"""What a word still counts for a second passage when the first one shows it."""

# What a sentence ends with comes first, since characters of a set are looked for quickly; a run of full stops is looked
# at from its first alone: ten thousand leader dots took ten seconds otherwise. The point behind a single letter is an
# initial's or an acronym's.
_SENTENCE_END = regex.compile(
    r"""[.!?…。！？\n](?:
          (?<=[.!?…]) (?<![.!?…].|\b\p{L}.) [.!?…]*+ ["'”’»)\]]*+ (?=\s|$)
        | (?<=[。！？]) [。！？]*+ [」』）]*+
        | (?<=\n) [^\S\n]*+ \n
        ) \s*+""",
    regex.VERBOSE | regex.DOTALL,
)
# The same of ASCII, in two thirds of the time. A run is given up for good without possessive quantifiers, too, since
# nothing that may follow it is a part of it; Python 3.11.2 knows those not quite.
_ASCII_SENTENCE_END = re.compile(
    r"""[.!?\n](?:
          (?<=[.!?]) (?<![.!?].) (?<!\b[A-Za-z].) [.!?]* ["')\]]* (?=[ \t-\r]|$)
        | (?<=\n) [ \t\v-\r]* \n
        ) [ \t-\r]*""",
    re.VERBOSE | re.DOTALL,
)
_ENDINGS = ".!?…。！？"
_CLOSINGS = "\"'”’»)]」』）"
_BLANK_LINE = regex.compile(r"\n[^\S\n]*+\n\s*+")
_SPACES = regex.compile(r"\s+")
_CLUSTER = regex.compile(r"\X", regex.DOTALL)
_LONGEST_CLUSTER = 64


def whole(text: str, marks: Sequence[Mark]) -> Snippet:
    """Return a text whole, with its marks."""
    return _cut(text, 0, len(text), marks)


def paragraphs(text: str, marks: Sequence[Mark]) -> tuple[Snippet, ...]:
    """Return the paragraphs of a text, which blank lines part, each whole with its marks."""
    starts = [mark.start for mark in marks]
    found = []
    low = len(text) - len(text.lstrip())
    for high, following in [*(gap.span() for gap in _BLANK_LINE.finditer(text, low)), (len(text), len(text))]:
        inside = marks[bisect_left(starts, low) : bisect_left(starts, high)]
        paragraph = text[low:high].rstrip()
        if paragraph:
            found.append(whole(paragraph, [m._replace(start=m.start - low, end=m.end - low) for m in inside]))
        low = following
    return tuple(found)


def passages(text: str, marks: Sequence[Mark]) -> tuple[Snippet, ...]:
    """Return the best passages of a text, in its order; its beginning where nothing is marked."""
    if not text or text.isspace():
        return ()
    if not marks:
        start = len(text) - len(text.lstrip())
        return (_cut(text, start, _end(text, start, start), ()),)
    marks = [mark if mark.end - mark.start <= LENGTH else _shortened(text, mark) for mark in marks]
    runs = _runs(marks)
    chosen: list[Range] = []
    shown: set[int] = set()
    while runs and len(chosen) < PASSAGES:
        first, last, weights, _ = _best(runs, shown)
        floor, ceiling = 0, len(text)
        for low, high in chosen:
            floor, ceiling = (max(floor, high), ceiling) if high <= first else (floor, min(ceiling, low))
        start = _start(text, first, last, floor)
        end = _end(text, start, last)
        if ceiling < end:
            end = start + len(text[start:ceiling].rstrip())
        chosen.append((start, end))
        shown.update(weights)
        runs = [run for run in runs if run[1] <= start or run[0] >= end]
    return tuple([_cut(text, start, end, marks) for start, end in sorted(chosen)])


_Run = tuple[int, int, dict[int, float], float]
"""Some marks that stand close together: their first and last character, the weights of their leaves, what more than one
of them add."""


def _runs(marks: Sequence[Mark]) -> list[_Run]:
    """Return for each mark the longest run that begins with it."""
    _, end, leaf, weight = marks[0]
    weights = {leaf: weight}
    if len(marks) == 1:
        return [(marks[0].start, end, weights, 0.0)]
    runs = []
    alike = len({(leaf, weight) for _, _, leaf, weight in marks}) == 1
    last, furthest = 0, len(marks) - 1
    for first, (start, _, _, _) in enumerate(marks):
        if last < first:
            last = first
        while last < furthest and marks[last + 1][1] - start <= CLOSE:
            last += 1
        if not alike:
            weights = {leaf: weight for _, _, leaf, weight in marks[first : last + 1]}
        runs.append((start, marks[last][1], weights, 0.01 * min(last - first, 9)))
    return runs


def _best(runs: Sequence[_Run], shown: set[int]) -> _Run:
    """Return the first of the most telling runs."""
    best, most = runs[0], -1.0
    weighed, telling = None, 0.0
    for run in runs:
        _, _, weights, repeated = run
        # Of a query of one word it is the same for all of them.
        if weights is not weighed:
            weighed = weights
            if shown.isdisjoint(weights):
                telling = sum(weights.values())
            else:
                telling = sum([weight * (SHOWN if leaf in shown else 1) for leaf, weight in weights.items()])
        if telling + repeated > most:
            best, most = run, telling + repeated
    return best


def _sentence_end(text: str, low: int, high: int) -> int:
    """Return the last of the places ``low`` to ``high`` where a sentence has ended, -1 where there is none.

    That is behind the blanks that follow a sentence: where they begin, and what they follow, can be before ``low``.
    """
    found = -1
    before = text[:low].rstrip().rstrip(_CLOSINGS).rstrip(_ENDINGS)
    pattern = _ASCII_SENTENCE_END if text.isascii() else _SENTENCE_END
    for match in pattern.finditer(text, len(before), high + 1):
        end = match.end()
        if low <= end <= high:
            found = end
    return found


def _start(text: str, first: int, last: int, floor: int) -> int:
    """Return where a passage begins that has to hold the characters ``first`` to ``last``, from ``floor`` on."""
    # A sentence that begins further off than a passage is long does not fit.
    sentence = max(floor, _sentence_end(text, max(0, last - LENGTH), first))
    if last - sentence <= LENGTH:
        start = first - len(text[sentence:first].lstrip())
    else:
        start = max(sentence, first - max(0, LENGTH - (last - first)) // 3)
        if space := _SPACES.search(text, start, first):
            start = space.end()
        elif not _unspaced_at(text, start):
            start = first
    return max(floor, _cluster(text, start)[0])


def _end(text: str, start: int, last: int) -> int:
    """Return where a passage ends that begins at ``start`` and has to reach ``last``."""
    end = max(start + LENGTH, last)
    if len(text) <= end:
        return len(text.rstrip())
    # A sentence's end counts only when it is not so near that most of the passage would be given away.
    sentence = _sentence_end(text, max(last, start + LENGTH // 2), end + 1)
    if sentence >= 0:
        end = start + len(text[start:sentence].rstrip())
    elif (space := _last_space(text, last, end + 1)) > start:
        end = space
    elif not _unspaced_at(text, end):
        following = _SPACES.search(text, last, last + LENGTH)
        end = following.start() if following else end
    low, high = _cluster(text, end)
    return low if low >= last else high


def _last_space(text: str, start: int, end: int) -> int:
    """Return where the last run of white space among some characters begins, -1 where there is none."""
    window = text[start:end]
    if window and not window[-1].isspace():
        window = window[: len(window) - len(window.rsplit(None, 1)[-1])]
    return start + len(window.rstrip()) if window else -1


def _shortened(text: str, mark: Mark) -> Mark:
    """Return the beginning of a mark that is longer than a passage, such as a line of encoded data."""
    return mark._replace(end=_cluster(text, mark.start + LENGTH)[0])


def _cluster(text: str, at: int) -> tuple[int, int]:
    """Return the grapheme cluster that a character is of; a place in one longer than any in use is taken as it is."""
    around = text[at - 1 if at else 0 : at + 2]
    if around.isascii() and "\r" not in around:
        return at, at + 1
    near = _CLUSTER.finditer(text, max(0, at - _LONGEST_CLUSTER), at + _LONGEST_CLUSTER)
    return next((match.span() for match in near if match.end() > at), (at, at))


def _unspaced_at(text: str, at: int) -> bool:
    """Whether a text can be cut before a character: scripts without spaces can be cut anywhere but before a mark."""
    return ord(text[at]) >= 0x0E00 and regex.match(r"\p{M}", text[at]) is None


def _cut(text: str, start: int, end: int, marks: Sequence[Mark]) -> Snippet:
    """Return characters ``start`` to ``end`` as a snippet, each run of white space as one space."""
    # The one character tells nearly always.
    before = start > 0 and not (text[0].isspace() and text[:start].isspace())
    after = end < len(text) and not (text[-1].isspace() and text[end:].isspace())
    inside = [mark for mark in marks if start <= mark[0] and mark[1] <= end]
    passage = text[start:end]
    if not inside:
        return Snippet(_squeezed(passage), (), before, after)
    if _is_squeezed(passage):
        return Snippet(passage, tuple([(low - start, high - start) for low, high in apart(inside)]), before, after)
    pieces: list[str] = []
    ranges: list[Range] = []
    done, length = start, 0
    # A word holds no white space: what there is stands between them.
    for low, high in apart(inside):
        between = _squeezed(text[done:low])
        pieces += (between, text[low:high])
        length += len(between)
        ranges.append((length, length + high - low))
        length, done = length + high - low, high
    pieces.append(_squeezed(text[done:end]))
    return Snippet("".join(pieces), tuple(ranges), before, after)


def apart(marks: Sequence[Mark]) -> tuple[Range, ...]:
    """Return the characters of marks, ascending, those that overlap as one range."""
    ranges: list[Range] = []
    behind = 0
    for low, high, _, _ in marks:
        if low < behind:
            # The same word for two leaves, or two that overlap, as pairs of an unspaced script do.
            low, high = ranges[-1][0], max(high, ranges.pop()[1])
        ranges.append((low, high))
        behind = high
    return tuple(ranges)


def _squeezed(text: str) -> str:
    """Return a text with each run of white space as one space."""
    if _is_squeezed(text):
        return text
    squeezed = " ".join(text.split())
    if text[:1].isspace():
        squeezed = f" {squeezed}"
    return f"{squeezed} " if text[-1:].isspace() and squeezed != " " else squeezed


def _is_squeezed(text: str) -> bool:
    """Whether a text has no white space but single spaces, as most have; of a few that are so it may deny it."""
    return text.isprintable() and "  " not in text

"""Snippets the plain way: every word of the text read in turn, every place looked for by a pattern."""

import regex

from index.words import words
from search import Snippet
from search.marks import Mark
from search.snippets import CLOSE, LENGTH, PASSAGES, SHOWN

SENTENCE_END = regex.compile(
    r"(?:(?<![.!?…]|\b\p{L})[.!?…]++[\"'”’»)\]]*+(?=\s|$)|[。！？]+[」』）]*|\n[^\S\n]*+\n)\s*"
)


def plain_locate(text: str, positions: list[tuple[int, int, float]]) -> list[Mark]:
    """Turn positions into marks by counting the words of the whole text."""
    found = list(words(text))
    return [
        Mark(found[position].start, found[position].end, leaf, weight)
        for position, leaf, weight in sorted(positions)
        if position < len(found)
    ]


def plain_whole(text: str, marks: list[Mark]) -> Snippet:
    """Squeeze a text up to each character that is marked, to see where that one comes to stand."""
    places = sorted({len(squeezed(text[: place + 1])) - 1 for mark in marks for place in range(mark.start, mark.end)})
    overlaps = {place for mark in marks for place in range(mark.start + 1, mark.end)}
    inside = {len(squeezed(text[: place + 1])) - 1 for place in overlaps}
    starts = [place for place in places if place not in inside]
    ends = [place + 1 for place in places if place + 1 not in inside]
    return Snippet(squeezed(text), tuple(zip(starts, ends, strict=True)))


def plain_passages(text: str, marks: list[Mark]) -> tuple[Snippet, ...]:
    """Choose passages with all ends of sentences of the whole text in view."""
    ends = [match.end() for match in SENTENCE_END.finditer(text)]
    if not text.strip():
        return ()
    if not marks:
        start = len(text) - len(text.lstrip())
        return (plain_cut(text, start, plain_end(text, start, start, ends), []),)
    marks = [
        mark if mark.end - mark.start <= LENGTH else mark._replace(end=plain_cluster(text, mark.start + LENGTH)[0])
        for mark in marks
    ]
    runs = [plain_run(marks[first:]) for first in range(len(marks))]
    chosen: list[tuple[int, int]] = []
    shown: set[int] = set()
    while len(chosen) < PASSAGES:
        apart = [run for run in runs if all(run[-1].end <= low or run[0].start >= high for low, high in chosen)]
        if not apart:
            break
        best = max(apart, key=lambda run: plain_telling(run, shown))
        first, last = best[0].start, best[-1].end
        floor = max((high for _, high in chosen if high <= first), default=0)
        ceiling = min((low for low, _ in chosen if low >= last), default=len(text))
        start = plain_start(text, first, last, ends, floor)
        end = min(plain_end(text, start, last, ends), start + len(text[start:ceiling].rstrip()))
        chosen.append((start, end))
        shown |= {mark.leaf for mark in best}
    return tuple(plain_cut(text, start, end, marks) for start, end in sorted(chosen))


def plain_run(marks: list[Mark]) -> list[Mark]:
    """Return the marks that stand close to the first, up to the first one that does not."""
    size = 1
    while size < len(marks) and marks[size].end - marks[0].start <= CLOSE:
        size += 1
    return marks[:size]


def plain_telling(run: list[Mark], shown: set[int]) -> float:
    """Add up the weights of the different words, and a little for repetition."""
    weights = {mark.leaf: mark.weight for mark in run}
    return sum(w * (SHOWN if leaf in shown else 1) for leaf, w in weights.items()) + 0.01 * min(len(run) - 1, 9)


def plain_start(text: str, first: int, last: int, ends: list[int], floor: int) -> int:
    """Return where a passage begins: at its sentence, if that fits, else some words before the match."""
    sentence = max(floor, max((end for end in ends if end <= first), default=0))
    if last - sentence <= LENGTH:
        start = sentence + len(text[sentence:first]) - len(text[sentence:first].lstrip())
    else:
        start = max(sentence, first - max(0, LENGTH - (last - first)) // 3)
        if space := regex.search(r"\s+", text, pos=start, endpos=first):
            start = space.end()
        elif not plain_unspaced(text[start]):
            start = first
    return max(floor, plain_cluster(text, start)[0])


def plain_end(text: str, start: int, last: int, ends: list[int]) -> int:
    """Return where a passage ends: behind a sentence that is not too near, else between words."""
    end = max(start + LENGTH, last)
    if len(text) <= end:
        return len(text.rstrip())
    sentence = max((place for place in ends if place <= end + 1), default=-1)
    space = plain_last_space(text, last, end + 1)
    if sentence >= max(last, start + LENGTH // 2):
        end = start + len(text[start:sentence].rstrip())
    elif space > start:
        end = space
    elif not plain_unspaced(text[end]):
        following = regex.search(r"\s+", text, pos=last, endpos=last + LENGTH)
        end = following.start() if following else end
    low, high = plain_cluster(text, end)
    return low if low >= last else high


def plain_unspaced(character: str) -> bool:
    """Whether a text can be cut before a character."""
    return ord(character) >= 0x0E00 and not regex.match(r"\p{M}", character)


def plain_cut(text: str, start: int, end: int, marks: list[Mark]) -> Snippet:
    """Cut out a passage, with the marks that lie in it."""
    inside = [
        mark._replace(start=mark.start - start, end=mark.end - start)
        for mark in marks
        if start <= mark.start and mark.end <= end
    ]
    cut = plain_whole(text[start:end], inside)
    return Snippet(cut.text, cut.ranges, bool(text[:start].strip()), bool(text[end:].strip()))


def plain_last_space(text: str, start: int, end: int) -> int:
    """Return where the last run of white space begins, by going through all of them."""
    return max((run.start() for run in regex.finditer(r"\s+", text, pos=start, endpos=end)), default=-1)


def plain_cluster(text: str, at: int) -> tuple[int, int]:
    """Return the grapheme cluster of a character, by going through all of the text's."""
    return next((match.span() for match in regex.finditer(r"\X", text, regex.DOTALL) if match.end() > at), (at, at))


def squeezed(text: str) -> str:
    """Return a text with each run of white space as one space."""
    return str(regex.sub(r"\s+", " ", text))

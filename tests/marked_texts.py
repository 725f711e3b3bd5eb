"""Texts in many scripts, drawn for property tests, and marks on some of their words."""

from hypothesis import strategies as st

from index.words import words
from search.marks import Mark, Place, locate

CLUSTERS = [
    "a",
    "b",
    "é",
    "e\u0301",
    "東",
    "京",
    "。",
    "か\u3099",
    "👩‍👧",
    "👍🏽",
    "🇩🇪",
    "กำ",
    "각",
    "각",
    "नि",
    "x\ufe0f",
]
BETWEEN = [" ", " ", " ", "\n", "\n\n", ". ", "! ", "。", "\r\n", "\u00a0", "", "", "-", "…", "\u0301", " \u0301"]
TEXTS = st.lists(st.tuples(st.sampled_from(CLUSTERS), st.sampled_from(BETWEEN)), max_size=40).map(
    lambda pairs: "".join(a + b for a, b in pairs) * 12
) | st.lists(st.sampled_from(CLUSTERS), min_size=1, max_size=9).map(lambda clusters: "".join(clusters) * 60)


def located(text: str, places: list[Place]) -> list[Mark]:
    """Return the marks of one text."""
    return locate([text], [places])[0]


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, list[Mark]]:
    """Draw a text and marks on some of its words."""
    text = draw(TEXTS)
    found = list(words(text))
    chosen = draw(st.lists(st.integers(0, max(0, len(found) - 1)), max_size=12)) if found else []
    return text, located(text, [(position, position % 3, 1.0 + position % 4) for position in chosen])

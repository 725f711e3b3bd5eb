"""Words: where they begin and end, how they are spelt, and what holds for any text at all."""

import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.words import MAX_WORD, chunk_words, is_unspaced, spell, words

# Letters that change length, place or composition when they are spelt, beside a few that do not.
PIECES = [
    *"abxzAİıßﬁŉǆΣσςЁйЙ東京都ァガｶﾞ가각ㄱㅏㅋ㉠각กำລາကာ٠१½①㍿ﷺ",
    *"\u0301\u0323\u0308\u0345\u093f\u3099\u20dd",
    *"\u00ad\u200b\u200d\u2060\ufeff",
    *"’‘'´\u1ffd`′.,&+#-–$€%§°™®·/_@\x00\u202e\ud800\udfff🏳👩",
    *" \t\n\u00a0\u2003\u3000",
    *["é", "e\u0301", "’s", "'s", "U.S.", "C++", "R&D", "1,250.50", "l’", "🏳️‍🌈", "न्", "ाँ"],
]
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.characters()), max_size=24).map("".join)
CHUNKS = TEXTS.map(lambda text: "".join(text.split()))

RULES = [
    ("", []),
    ("  \n\t ", []),
    ("... !? — –", []),
    ("Armenia’s contacts with Karabakh", ["armenia", "contacts", "with", "karabakh"]),
    ("ARMENIA`S", ["armenia"]),
    ("the boys’ team, it's", ["the", "boys", "team", "it"]),
    ("O’Brien don't rock'n'roll a's's", ["o'brien", "don't", "rock'n'roll", "a"]),
    ("'quoted' ''twice''", ["quoted", "twice"]),
    ("l’armée d'État qu’il jusqu'ici", ["l", "armée", "d", "état", "qu", "il", "jusqu", "ici"]),
    ("dell’arte un'idea qu’un’idea", ["dell", "arte", "un", "idea", "qu", "un", "idea"]),
    ("U.S. U.S.A U.S.A. U.S.-led", ["us", "usa", "usa", "us", "led"]),
    ("e.g. i.e. Dr. No. 5", ["eg", "ie", "dr", "no", "5"]),
    ("a.b.cd example.org", ["a", "b", "cd", "example", "org"]),
    ("the end.The next", ["the", "end", "the", "next"]),
    ("С.С.С.Р.", ["ссср"]),
    ("R&D AT&T Q&A", ["r&d", "at&t", "q&a"]),
    ("Simon&Schuster", ["simon", "schuster"]),
    ("C++ C# A+ Disney+ C+++", ["c++", "c#", "a+", "disney+", "c"]),
    ("#tag F#m a#b", ["tag", "f", "m", "a", "b"]),
    ("1,250 3.5 1.5bn 16:26 2021-01-18", ["1,250", "3.5", "1.5bn", "16", "26", "2021", "01", "18"]),
    ("3. 4, 5.", ["3", "4", "5"]),
    ("$5 €3.50 100% §12 £", ["$", "5", "€", "3.50", "100", "%", "§", "12", "£"]),
    ("Nagorno-Karabakh and/or under_score", ["nagorno", "karabakh", "and", "or", "under", "score"]),
    ("東京都", ["東京", "京都", "都"]),
    ("東", ["東"]),
    ("東京C++とR&D", ["東京", "京", "c++", "と", "r&d"]),
    ("ラーメン2杯", ["ラー", "ーメ", "メン", "ン", "2", "杯"]),
    ("ﾗｰﾒﾝ", ["ラー", "ーメ", "メン", "ン"]),
    ("ประเทศไทย", ["ปร", "ระ", "ะเ", "เท", "ทศ", "ศไ", "ไท", "ทย", "ย"]),
    ("한국어 신문", ["한국어", "신문"]),
    ("हिन्दी में", ["हिन्दी", "में"]),
    ("שלום עולם", ["שלום", "עולם"]),
    ("ﬁnance ① ｆｕｌｌ", ["finance", "1", "full"]),
    ("İstanbul ΟΔΌΣ STRASSE Straße", ["i̇stanbul", "οδόσ", "strasse", "straße"]),
    ("co\u00adoperate zero\u200bwidth", ["cooperate", "zerowidth"]),
    ("Brand™ (c) Acme®", ["brand", "c", "acme"]),
    ("👩‍👩‍👧 🏳️‍🌈 ❤️", []),
    ("葛\U000e0100城", ["葛城", "城"]),
    ("\u0301a ¨b", ["a", "b"]),
    ("nul\x00byte", ["nul", "byte"]),
]


def spelt(text: str, *, query: bool = False) -> list[str]:
    """Give the spelling of a text's words."""
    return [word.text for word in words(text, query=query)]


@pytest.mark.parametrize(("text", "expected"), RULES, ids=[text.strip()[:20] or "blank" for text, _ in RULES])
def test_text_is_cut_into_words(text: str, expected: list[str]) -> None:
    """Each rule of the module's docstring, and the cases beside it, give the words written down here."""
    assert spelt(text) == expected


def test_places_are_those_of_the_text() -> None:
    """A word stands for the characters of the text as it was written, whatever spelling made of them."""
    text = "Die ﬁnance\u00adrs of Armenia’s U.S. l’armée"
    assert [text[word.start : word.end] for word in words(text)] == [
        *("Die", "ﬁnance\u00adrs", "of", "Armenia", "U.S", "l", "armée")
    ]


def test_a_letter_that_grows_does_not_hide_one_that_goes() -> None:
    """Where one letter becomes two and another none, so that the length stays, places are still right."""
    text = "\u00ada-İ"
    assert [(word.text, text[word.start : word.end]) for word in words(text)] == [("a", "a"), ("i̇", "İ")]


def test_a_query_leaves_out_the_last_single_character() -> None:
    """Pairs alone find a longer word; a single character that is all there is stays."""
    assert spelt("東京都", query=True) == ["東京", "京都"]
    assert spelt("東京 tokyo 都", query=True) == ["東京", "tokyo", "都"]


def test_long_words_are_cut_not_lost() -> None:
    """A word of a thousand letters is kept by its first hundred, and stands for all of it."""
    (word,) = words("x" * 1000)
    assert (word.text, word.start, word.end) == ("x" * MAX_WORD, 0, 1000)


@pytest.mark.parametrize(
    "piece",
    ["x", "東a", "a\u0301", "\u0301\u0323", "a.", "a'", "1,", "a&", "a+", "ㄱㅏ", "\u00ad", "İ\u00ad", "'", "é́", "A̧"],
    ids=ascii,
)
def test_a_text_without_spaces_takes_time_by_its_length(piece: str) -> None:
    """No text, however it is made up, takes time by the square of its length."""
    began = time.process_time()
    for _ in words("a" + piece * (50_000 // len(piece))):
        pass
    assert time.process_time() - began < 4.0


@example("\u1ffd")
@example("ㄱㅏ")
@example("İ\u00ad\u0307")
@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_composed_and_decomposed_text_has_the_same_words(text: str) -> None:
    """It makes no difference whether a text was written with composed letters or with marks beside them."""
    assert spelt(text) == spelt(unicodedata.normalize("NFC", text)) == spelt(unicodedata.normalize("NFD", text))


@example("½ a\u00adb-İ", False)
@settings(max_examples=150, deadline=None)
@given(TEXTS, st.booleans())
def test_places_lie_in_the_text_and_ascend(text: str, query: bool) -> None:
    """Every word covers at least a character of the text, and none begins or ends before the one in front of it."""
    found = list(words(text, query=query))
    assert all(0 <= word.start < word.end <= len(text) for word in found)
    assert [word.start for word in found] == sorted(word.start for word in found)
    assert [word.end for word in found] == sorted(word.end for word in found)
    assert not any(text[word.start : word.end].isspace() for word in found)


@example("½")
@example("U.S.A")
@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_what_a_word_covers_holds_the_word(text: str) -> None:
    """The characters that a word stands for give that word again: a mark put around them marks what was found."""
    for word in words(text):
        assert word.text in spelt(text[word.start : word.end])


@settings(max_examples=120, deadline=None)
@given(CHUNKS, CHUNKS, CHUNKS, st.sampled_from([" ", "\n\n", "\u00a0", "\u2003"]))
def test_a_chunk_has_its_words_whatever_is_around_it(before: str, chunk: str, after: str, space: str) -> None:
    """The words between two blanks are the same in every text, so that they can be kept and looked up."""
    assert spelt(space.join((before, chunk, after))) == spelt(before) + spelt(chunk) + spelt(after)


@settings(max_examples=100, deadline=None)
@given(CHUNKS, st.integers(0, 3))
def test_long_chunks_are_treated_like_short_ones(chunk: str, times: int) -> None:
    """Whether a chunk is short enough to be remembered makes no difference to its words."""
    long = (chunk + "-") * (times + 1) + "-" * 40
    assert [word.text for word in chunk_words(long)] == [w.text for w in chunk_words(chunk + "-")] * (times + 1)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.characters()), max_size=6).map("".join))
def test_spelling_is_the_same_whole_or_word_by_word(text: str) -> None:
    """A word is spelt the way the whole text is, although places are found by spelling it piece by piece."""
    whole = spell(text)
    for word in words(text):
        assert word.text in whole or word.text in whole.replace(".", "")


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_spelling_is_settled_at_once(text: str) -> None:
    """Spelling what is spelt changes nothing but for invisible characters that stood between a letter and its mark."""
    once = spell(text)
    assert spell(once) == unicodedata.normalize("NFKC", once)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec=None), max_size=60), st.booleans())
def test_no_text_is_refused(text: str, query: bool) -> None:
    """Lone surrogates, NUL, right-to-left marks, unassigned and private characters: every text has words or none."""
    for word in words(text, query=query):
        assert word.text
        assert not word.text.isspace()


@pytest.mark.parametrize(("text", "unspaced"), [("東", True), ("ไทย", True), ("", False), ("a", False), ("東a", False)])
def test_scripts_without_spaces_are_known(text: str, unspaced: bool) -> None:
    """Only a text that is all of such a script is one."""
    assert is_unspaced(text) is unspaced

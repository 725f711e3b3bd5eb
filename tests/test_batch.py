"""What is done to whole blocks of text is what is done to a word."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index import chunks as chunks_module
from index.analysis import analyse
from index.batch import Batch
from index.chunks import STRIPPED, Chunks, block_of
from index.language import detect
from index.numbering import BYTES_PER_CHUNK, SHARE, Numbering
from index.stemming import stem, stems
from index.words import chunk_words, spellings, word_counts

# What rules turn on, more often than chance would have it: punctuation, case, marks, blanks, signs, several scripts.
LETTERS = st.sampled_from(
    [*"abzAZ09 .,'’`-&+#$%()\"/:;!\t\n\x01\x1c\x7f", *"éÉİıßçğΣςяЯё东京ー한ก\u0301\u00a0\u3000\u200b©²½ﬁ\ud800"]
)
TEXTS = st.one_of(st.text(LETTERS, max_size=60), st.text(max_size=30), st.text("ab.'-", max_size=30))


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(TEXTS, TEXTS, st.sampled_from(["en", "fr", "ru", "xx", None])), min_size=1, max_size=8))
@example([("x", "(" * 40 + "U.S." + ")" * 40 + ' "...U.S.A" U.S.-led', "en")])
@example([("", "a" * 250 + " " + "b-" * 60 + " 1" * 40 + " 1,5.7bn .5 C++. 'tis l'été", "fr")])
def test_a_block_has_the_words_of_the_analyzer(articles: Sequence[tuple[str, str, str | None]]) -> None:
    """Splitting, looking up and analysing many texts at once gives every word its own surface and stem, in order."""
    batch, numbering = Batch(), Numbering("de", 1_000_000)
    for _ in range(2):
        batch.clear()
        texts = [text for title, body, _ in articles for text in (title, body)]
        batch.add(numbering.number(block_of(texts), [stated for _, _, stated in articles]))
        pairs, lengths = batch.words()
        lexicon = batch.lexicon
        found = [(lexicon.surfaces[pair], lexicon.stems[pair]) for pair in pairs.tolist()]
        expected = []
        for (title, body, stated), language in zip(articles, batch.languages, strict=True):
            assert language == (stated or detect(f"{title}\n{body}") or "de")
            for text in (title, body):
                expected += [(token.surface, token.stem) for token in analyse(text, language)]
        assert found == expected
        assert lengths.sum() == len(found)


@settings(deadline=None)
@given(st.lists(st.tuples(TEXTS, st.sampled_from(["en", "fr"]), st.booleans()), max_size=20))
def test_numberings_take_turns(articles: Sequence[tuple[str, str, bool]]) -> None:
    """Articles numbered here and there are one batch, also where one or the other forgets."""
    batch, expected = Batch(), []
    numberings = Numbering("en", 2 * SHARE * BYTES_PER_CHUNK), Numbering("en", 10**6, by=1)
    found = []
    for text, language, there in articles:
        batch.add(numberings[there].number(block_of(["", text]), [language]))
        pairs, _ = batch.words()
        found += [(batch.lexicon.surfaces[pair], batch.lexicon.stems[pair]) for pair in pairs.tolist()]
        expected += [(token.surface, token.stem) for token in analyse(text, language)]
        batch.clear()
        if len(found) % 3 == 0:
            batch.forget_words()
    assert found == expected


@settings(deadline=None, max_examples=500)
@given(TEXTS.map(lambda text: "".join(text.split())))
@example("3.5bn")
@example("a" * 101)
def test_the_quick_way_to_a_chunks_words_is_a_way_to_the_same(chunk: str) -> None:
    """Whichever shortcut a chunk's form allows, its words are those of the full rules, and are counted as many."""
    assert list(spellings(chunk)) == [word.text for word in chunk_words(chunk)]
    assert list(word_counts([chunk])) == [len(chunk_words(chunk))]


def test_every_letter_by_itself_is_spelt_by_the_quick_way_as_by_the_full_rules() -> None:
    """None of the letters that European languages write is taken for one that normalisation leaves alone."""
    letters = [chr(code) for code in range(0x21, 0x590) if not chr(code).isspace()]
    chunks = [chunk for letter in letters for chunk in (letter, f"a{letter}", f"«Я{letter}b»,", f"({letter * 90})")]
    assert [[*spellings(chunk)] for chunk in chunks] == [[word.text for word in chunk_words(chunk)] for chunk in chunks]
    assert [*word_counts(chunks)] == [len(chunk_words(chunk)) for chunk in chunks]


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=10), st.sampled_from(["en", "fr", "ru", "xx"]))
def test_many_words_have_the_stems_of_one(words: list[str], language: str) -> None:
    """Stemming many words at once is stemming each."""
    assert stems(words, language) == [stem(word, language) for word in words]


def test_numbers_stay_when_the_table_grows() -> None:
    """A chunk keeps its number however many come after it, and no two share one."""
    table = Chunks()
    first = table.numbers(block_of(["one two three"]).data).numbers.tolist()
    for start in range(0, 60_000, 20_000):
        many = [f"w{number}x{number * 7919}" for number in range(start, start + 20_000)]
        numbers = table.numbers(block_of([" ".join(many)]).data).numbers
        assert len(set(numbers.tolist())) == len(many)
        assert [table.texts[number] for number in numbers.tolist()] == many
    assert table.numbers(block_of(["three one two"]).data).numbers.tolist() == [first[2], first[0], first[1]]


def test_chunks_that_meet_in_the_table_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the hash of every chunk is the same, each still has its own number."""
    monkeypatch.setattr(Chunks, "_slots", lambda self, head, tail: np.zeros(len(head), dtype=np.int64))
    table = Chunks()
    words = [f"w{number}" for number in range(300)]
    numbers = table.numbers(block_of([" ".join(words + words)]).data).numbers.tolist()
    assert numbers[:300] == numbers[300:]
    assert [table.texts[number] for number in numbers[:300]] == words


def test_punctuation_is_stripped_but_not_for_ever() -> None:
    """Chunks that differ in the punctuation around them are one; a long row of it takes no longer than a short one."""
    table = Chunks()
    same = table.numbers(block_of(['word "word" (word), word...']).data).numbers
    assert len(set(same.tolist())) == 1
    assert table.numbers(block_of(["-" * STRIPPED + "word"]).data).numbers[0] == same[0]
    assert table.numbers(block_of(["-" * (STRIPPED + 1) + "word"]).data).numbers[0] != same[0]
    assert chunks_module.STRIPPED < 32


@pytest.mark.parametrize("blank", ["", " ", "\n\t\r\x00\x1f", "--- ...", "\u00a0"])
def test_blank_texts_have_no_words(blank: str) -> None:
    """A text without a word is as long as nothing, also between others."""
    batch = Batch()
    batch.add(Numbering("en", 1_000_000).number(block_of([blank, blank, "one", blank, blank, "two three"]), ["en"] * 3))
    pairs, lengths = batch.words()
    assert lengths.tolist() == [[0, 0], [1, 0], [0, 2]]
    assert len(pairs) == 3

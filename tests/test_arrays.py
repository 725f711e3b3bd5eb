"""The arrays of a segment hold what was put into them, and say so when their bytes are not what was written."""

import random
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Article
from index.analysis import analyse
from index.arrays import Array, ArrayWriter, narrow, open_arrays, ranges
from index.builder import in_stable_order
from index.columns import pack_columns, stamps
from index.errors import DamagedIndexError
from index.names import strings
from index.order import newest_first
from index.quantise import (
    BODY_TIMES,
    CODE_BODY,
    CODE_LENGTH,
    CODE_TITLE,
    LENGTHS,
    TIMES,
    codes,
    length_codes,
    times_bytes,
)
from index.schema import UNDATED
from index.segment import Segment
from index.segment_writer import SegmentWriter, merge_segments
from index.stemming import EVERY_LANGUAGE
from index.stored import Packing, Stash, Stored, sample_step
from index.strings import BLOCK, HEAD, Strings, letters, pack, ranked
from index.surfaces import Pairs, Uses, in_order, pack_surfaces
from tests.archives import columns_of

TEXTS = st.text(alphabet="ab c'é東京.-1", max_size=60)


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.lists(st.integers(0, 2**63 - 1), max_size=20), max_size=5))
@settings(deadline=None, max_examples=50)
def test_arrays_come_back_as_they_were(tmp_path_factory: pytest.TempPathFactory, lists: dict[str, list[int]]) -> None:
    """Names, types and values of any arrays survive the file, the empty ones too."""
    path = tmp_path_factory.mktemp("arrays") / "a"
    arrays = {name: narrow(np.array(values, dtype=np.uint64)) for name, values in lists.items()}
    with ArrayWriter(path) as writer:
        writer.put(arrays)
    opened = open_arrays(path)
    assert list(opened) == list(arrays)
    for name, array in arrays.items():
        assert opened[name].dtype == array.dtype
        assert opened[name].tolist() == array.tolist()
        assert not opened[name].flags.writeable


@pytest.mark.parametrize("cut", [0, 5, 24, 60, -1, -9])
def test_a_cut_file_is_a_named_error(tmp_path: Path, cut: int) -> None:
    """A file that was cut short is found when it is opened."""
    path = tmp_path / "a"
    with ArrayWriter(path) as writer:
        writer.put({"x": np.arange(100)})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(DamagedIndexError):
        open_arrays(path)


@given(st.sets(st.text(max_size=12), max_size=60), st.text(max_size=3))
@settings(deadline=None, max_examples=200)
def test_strings_are_found_and_prefixes_are_ranges(words: set[str], prefix: str) -> None:
    """Every string is found where it stands, others are not, and a prefix is the range of those that begin so."""
    ordered = sorted(word.encode() for word in words)
    at_once = pack(ordered, "s")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("index.strings.PIECE", BLOCK)
        for name, array in pack(ordered, "s").items():
            assert array.dtype == at_once[name].dtype
            assert array.tolist() == at_once[name].tolist(), name
    packed = Strings(at_once, "s")
    assert list(packed) == ordered
    for number, word in enumerate(ordered):
        assert packed.find(word) == number
        assert packed[number] == word
    assert packed.between(low := len(ordered) // 3, len(ordered)) == ordered[low:]
    assert packed.find(prefix.encode() + b"\x01") == -1 or (prefix.encode() + b"\x01") in ordered
    low, high = packed.range(prefix.encode())
    assert ordered[low:high] == [word for word in ordered if word.startswith(prefix.encode())]


def test_strings_that_share_their_beginning_are_told_apart() -> None:
    """Eight equal bytes, and a zero byte where another ends, lead nobody astray."""
    ordered = sorted([b"a", b"a\0", b"12345678", b"123456789", b"12345678\0", b"1234567", b""])
    packed = Strings(pack(ordered, "s"), "s")
    assert [packed.find(word) for word in ordered] == list(range(len(ordered)))
    assert packed.find(b"123456780") == -1


@pytest.mark.parametrize("length", [7, 8, 9, 254, 255, 256, 257, 70_000])
def test_strings_may_share_any_number_of_bytes(length: int) -> None:
    """Blocks of strings that begin alike for longer than a byte can count are spelt out and found all the same."""
    ordered = sorted(b"x" * length + str(number).encode() for number in range(40))
    ordered = [b"x" * (length - 1), b"x" * length, *ordered]
    packed = Strings(pack(ordered, "s"), "s")
    assert list(packed) == ordered
    assert [packed.find(word) for word in ordered] == list(range(42))
    assert [packed[number] for number in range(42)] == ordered
    assert packed.range(b"x" * length + b"1") == (3, 14)
    assert packed.find(b"x" * (length - 2)) == -1


@given(st.lists(st.text("abcxyz1é東", max_size=30), max_size=60), st.text("abcxyz1é東", max_size=8))
@settings(deadline=None)
def test_letters_are_told_without_spelling(words: list[str], other: str) -> None:
    """Of each string the letters of ASCII and the number of characters, whatever it shares with the ones before."""
    ordered = sorted({word.encode() for word in [*words, *(other + word for word in words)]})
    sets, characters = Strings(pack(ordered, "s"), "s").letters()
    assert characters.tolist() == [len(word.decode()) for word in ordered]
    assert sets.tolist() == [int(letters(word)) for word in ordered]
    assert letters(b"bac") == letters("ééabcab".encode()) != letters(b"abd")


def test_no_strings_are_none() -> None:
    """Nothing is found where there is nothing."""
    packed = Strings(pack([], "s"), "s")
    assert list(packed) == packed.between(0, 0) == []
    assert packed.find(b"") == packed.find(b"a") == -1
    assert packed.range(b"") == packed.range(b"a") == (0, 0)


@settings(deadline=None)
@given(st.lists(st.integers(0, 3_000_000), min_size=1, max_size=50))
def test_lengths_are_quantised_to_the_nearest_level(lengths: list[int]) -> None:
    """No level is nearer than the one that is taken; below 40 words lengths are exact."""
    taken = LENGTHS[length_codes(np.array(lengths, dtype=np.float64))]
    for length, level in zip(lengths, taken.tolist(), strict=True):
        assert abs(level - length) == min(abs(other - length) for other in LENGTHS.tolist())
        assert length >= 40 or level == length


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 9), st.integers(0, 5000)), min_size=1, max_size=50))
def test_codes_tell_what_they_are_made_of(postings: list[tuple[int, int, int]]) -> None:
    """A code gives length, title and body times back, to the nearest level, and says where it cannot be exact."""
    length, title, body = (np.array(column) for column in zip(*postings, strict=True))
    byte, inexact = times_bytes(title, body)
    made = codes(byte, length.astype(np.uint8))
    assert CODE_LENGTH[made].tolist() == LENGTHS[length].tolist()
    assert CODE_TITLE[made].tolist() == np.minimum(title, 3).tolist()
    for times, level in zip(body.tolist(), CODE_BODY[made].tolist(), strict=True):
        assert abs(level - times) == min(abs(other - times) for other in BODY_TIMES.tolist())
    assert TIMES[byte][~inexact].tolist() == (title + body)[~inexact].tolist()


@given(st.lists(st.integers(0, 200_000), max_size=300))
def test_numbers_are_in_stable_order(keys: list[int]) -> None:
    """Sorting with the places behind, and by radix where the numbers are small, keeps equal numbers as they came."""
    for numbers, top in ((keys, 200_001), ([key & 0xFF for key in keys], 256)):
        order, ordered = in_stable_order(np.array(numbers, dtype=np.uint32), top)
        assert order.tolist() == sorted(range(len(numbers)), key=numbers.__getitem__)
        assert ordered.tolist() == sorted(numbers)


SYLLABLES = st.lists(st.sampled_from(["a", "b", "é", "语", "abcdefg", "x" * (HEAD - 1)]), min_size=1, max_size=6)


@given(st.lists(SYLLABLES.map("".join), max_size=40))
def test_strings_are_ranked_as_they_sort(words: list[str]) -> None:
    """Also where they begin alike for eight bytes, or for more than are sorted together, and where some come again."""
    strings = [word.encode() for word in words]
    names, numbers = ranked(strings)
    assert names == sorted(set(strings))
    assert [names[number] for number in numbers.tolist()] == strings


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 6)), max_size=20))
def test_ranges_are_written_out(pairs: list[tuple[int, int]]) -> None:
    """Each start is followed by as many numbers as it is long."""
    first, size = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True)) if pairs else ([], [])
    expected = [start + i for start, length in pairs for i in range(length)]
    assert ranges(np.asarray(first, dtype=np.int64), np.asarray(size, dtype=np.int64)).tolist() == expected


def packed_in(articles: Sequence[bytes], *, beside: bool = True) -> dict[str, Array]:
    """Give the arrays of stored articles, which came the other way round."""
    with tempfile.TemporaryDirectory() as folder, closing(Stash(Path(folder))) as stash:
        for some in (articles[: len(articles) // 2 : -1], articles[len(articles) // 2 :: -1]):
            stash.add(b"".join(some), [*map(len, some)])
        order = range(len(articles) - 1, -1, -1)
        path = Path(folder, "stored")
        sample = stash.read(order[:: sample_step(stash.size)])
        with ArrayWriter(path) as writer, Packing(path.parent, stash.read(order), sample) as packing:
            if not beside:
                packing.wait()
                assert packing._arrays.done()
            writer.put({"else": np.zeros(3)})
            packing.write(writer)
        return open_arrays(path)


@given(st.lists(st.binary(max_size=3000).map(lambda data: b"{" + data.replace(b"\n", b"")), min_size=1, max_size=70))
@settings(deadline=None)
def test_stored_articles_come_back(articles: list[bytes]) -> None:
    """Each article is found in its block, and all of them in order; packed at once or in a thread, it is the same."""
    packed = packed_in(articles)
    stored = Stored(packed)
    assert [stored[doc] for doc in range(len(articles))] == articles
    assert list(stored) == articles
    at_once = packed_in(articles, beside=False)
    assert all(np.array_equal(packed[name], at_once[name]) for name in {*packed, *at_once})


def test_articles_are_stored_with_a_dictionary_where_it_pays() -> None:
    """Many short articles take less than their blocks alone would, and are read by several threads at once."""
    draw = random.Random(5)
    words = ["".join(draw.choices("abcdefghij", k=8)) for _ in range(3_000)]
    articles = [" ".join(draw.choices(words, k=40)).encode() for _ in range(6_000)]
    packed = packed_in(articles)
    plain = b"".join(zstandard.compress(b"".join(articles[n : n + 22])) for n in range(0, len(articles), 22))
    assert len(packed["stored.dictionary"])
    assert sum(array.nbytes for array in packed.values()) < 0.9 * len(plain)
    stored = Stored(packed)
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(stored.__getitem__, range(len(articles)))) == articles
    assert len(packed_in(articles[:20])["stored.dictionary"]) == 0


def test_a_long_article_is_alone_in_its_block() -> None:
    """Its neighbours are read without it, and articles too long to be a sample are stored without a dictionary."""
    long = bytes(range(32, 127)) * 10_000
    stored = Stored(packed_in([b"a", b"b", long, b"c", b"", long]))
    assert [len(stored._text(number).split(b"\n")) for number in range(4)] == [2, 1, 2, 1]
    assert [stored[doc] for doc in range(6)] == [b"a", b"b", long, b"c", b"", long]
    assert list(Stored(packed_in([long] * 12))) == [long] * 12


def test_columns_come_back() -> None:
    """Ids and sections are named in the order of documents, absent sections told from empty ones."""
    ids = [f"id-{n}" for n in range(1000)]
    sections = [None if n % 7 == 0 else f"s{n % 5}" for n in range(1000)]
    columns = pack_columns(ids, np.arange(1000)[::-1], sections)
    assert strings(columns, "id") == ids
    assert [ids[doc] for doc in columns["id.order"].tolist()] == sorted(ids)
    names = [*strings(columns, "section"), None]
    assert [names[number] for number in columns["doc.section"].tolist()] == sections


@given(st.lists(st.integers(-(2**40), 2**40) | st.integers(0, 9), max_size=30), st.integers(0, 3))
def test_dates_come_back(dated: list[int], undated: int) -> None:
    """Stamps are what they were, before 1970 or far apart, with none dated, none undated, or several alike."""
    stamps_ = np.array(sorted(dated, reverse=True) + [UNDATED] * undated, dtype=np.int64)
    ids = [str(number) for number in range(len(stamps_))]
    columns = pack_columns(ids, stamps_, [None] * len(ids))
    found = stamps(columns)
    assert found.tolist() == stamps_.tolist()
    assert found.dtype == np.int64


PAIRS = st.dictionaries(
    st.tuples(st.sampled_from([b"", b"a", b"ab", b"b", b"\xff"]), st.integers(0, 5)),
    st.tuples(st.integers(1, 900), st.integers(1, EVERY_LANGUAGE)),
)


@given(PAIRS, st.integers(0, 5), st.integers(0, 5), st.integers(1, 3))
def test_surfaces_have_their_terms(
    counts: dict[tuple[bytes, int], tuple[int, int]], low: int, high: int, most: int
) -> None:
    """Each surface has the terms it was given, ascending, with times and languages; of many the most frequent count."""
    written = sorted({surface for surface, _ in counts})
    rows = [(written.index(surface), term, *told) for (surface, term), told in counts.items()]
    columns = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    uses = Uses(columns[0], columns[1], columns[2], columns[3].astype(np.uint64))
    middle, uses = len(written) // 2, in_order(uses)

    def of(chosen: npt.NDArray[np.bool_], first: int) -> Uses:
        return Uses(uses.surface[chosen] - first, uses.term[chosen], uses.times[chosen], uses.languages[chosen])

    early = uses.surface < middle
    pieces = [(written[:middle], of(early, 0)), (written[middle:], of(~early, middle))]
    packed = pack_surfaces(pieces, 6)
    for name, array in pack_surfaces([(written, uses)], 6).items():
        assert array.dtype == packed[name].dtype
        assert array.tolist() == packed[name].tolist(), name
    surfaces, pairs = [*Strings(packed, "surface")], Pairs(packed)
    assert surfaces == written
    expected = [sorted((t, *told) for (s, t), told in counts.items() if s == surface) for surface in surfaces]
    assert [pairs.of(number) for number in range(len(surfaces))] == expected
    high = min(high, len(surfaces))
    low = min(low, high)
    chosen = sorted(range(low, high), key=lambda number: (-sum(n for _, n, _ in expected[number]), number))[:most]
    terms, languages, cut = pairs.terms(low, high, most)
    wanted: dict[int, int] = {}
    for number in chosen:
        for term, _, spoken in expected[number]:
            wanted[term] = wanted.get(term, 0) | spoken
    assert dict(zip(terms.tolist(), languages.tolist(), strict=True)) == wanted
    assert terms.tolist() == sorted(wanted)
    assert cut == (high - low > most)
    held = pairs.languages(np.arange(6))
    everywhere = [0] * 6
    for (_, term), (_, spoken) in counts.items():
        everywhere[term] |= spoken
    assert held is None if len(set(everywhere)) <= 1 else held is not None and held.tolist() == everywhere


def test_documents_stand_newest_first() -> None:
    """Newest first, undated last, ties by id in order of code points."""
    least = int(np.iinfo(np.int64).min)
    stamps = np.array([5, least, 9, 5, 5, least])
    order = newest_first(stamps, ["c", "z", "q", "b", "é", "a"].__getitem__)
    assert order.tolist() == [2, 3, 0, 4, 5, 1]
    assert newest_first(stamps).tolist() == [2, 0, 3, 4, 1, 5]
    assert newest_first(stamps[:0], str).tolist() == newest_first(stamps[:0]).tolist() == []


def plain_postings(articles: dict[str, Article]) -> dict[tuple[str, str], dict[str, list[int]]]:
    """Return (field, stem) -> id -> positions, the slow way."""
    found: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(dict)
    for article in articles.values():
        for field, text in (("title", article.title), ("body", article.body)):
            for position, token in enumerate(analyse(text, article.language or "en")):
                found[field, token.stem].setdefault(article.id, []).append(position)
    return found


def check(segments: list[Segment], articles: dict[str, Article]) -> None:
    """Hold segments against the articles that are alive in them."""
    expected = plain_postings(articles)
    for (field, stem), docs in expected.items():
        found = {segment.id_of(doc): places for segment in segments for doc, places in segment.positions(field, stem)}
        assert found == docs, (field, stem)
    for segment in segments:
        assert [*segment.terms.names] == sorted(segment.terms.names)
        for doc in np.flatnonzero(segment.live).tolist():
            article = articles[segment.id_of(doc)]
            assert segment.article(doc) == article
            assert segment.document(article.id) == doc
            title, body = (list(analyse(text, article.language or "en")) for text in (article.title, article.body))
            assert (segment.title_words[doc], segment.body_words[doc]) == (len(title), len(body))
            for token in (*title, *body):
                number = segment.surfaces.find(token.surface.encode())
                stems = {segment.terms.names[term].decode() for term, _, _ in segment.stems_of(number)}
                assert token.stem in stems
    assert {segment.id_of(doc) for segment in segments for doc in np.flatnonzero(segment.live).tolist()} == set(
        articles
    )


@given(
    st.lists(
        st.tuples(st.integers(0, 15), TEXTS, TEXTS, st.sampled_from(["en", "fr", "de"]), st.booleans()),
        min_size=1,
        max_size=40,
    ),
    st.integers(1, 3),
    st.sampled_from([1, 2_000, 1_000_000]),
)
@settings(deadline=None, max_examples=40)
def test_what_is_built_is_what_was_analysed(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, str, str, str, bool]], flushes: int, memory: int
) -> None:
    """Postings, positions, lengths, surfaces and articles are those of the analyzer, before and after merging.

    Articles replace each other and are removed on the way, and the writer's memory ends in the middle.
    """
    folder = tmp_path_factory.mktemp("segment")
    writer = SegmentWriter(folder, 1, 2.0)
    alive: dict[str, Article] = {}
    for number, (name, title, body, language, removed) in enumerate(drawn):
        article = Article(id=f"{name}", title=title, body=body, language=language, section=title[:1] or None)
        writer.remove(article.id)
        writer.add(columns_of(article))
        alive[article.id] = article
        if removed:
            writer.remove(article.id)
            del alive[article.id]
        if number % flushes == 1 and len(writer._documents):
            writer._flush()
    written = writer.finish()
    segments = [Segment(folder, segment) for segment in written]
    check(segments, alive)
    if alive:
        check([Segment(folder, merge_segments(folder, written, memory))], alive)


def test_words_that_stand_many_times_keep_every_position(tmp_path: Path) -> None:
    """Frequencies beyond what a code can hold are exact all the same where positions are concerned."""
    draw = random.Random(1)
    articles = {}
    writer = SegmentWriter(tmp_path, 100, 2.0)
    for number in range(30):
        title = " ".join(draw.choices(["oil", "gold"], k=draw.choice([1, 2, 3, 5, 9])))
        body = " ".join(draw.choices(["oil", "gold", "the"], k=draw.choice([10, 45, 90, 300, 9000])))
        articles[str(number)] = Article(id=str(number), title=title, body=body, language="en")
        writer.add(columns_of(articles[str(number)]))
    (written,) = writer.finish()
    segment = Segment(tmp_path, written)
    check([segment], articles)
    check([Segment(tmp_path, merge_segments(tmp_path, [written], 10_000))], articles)


def test_arrays_are_put_behind_others(tmp_path: Path) -> None:
    """A file that is there gets more arrays, of any kind, and keeps those that it has."""
    with ArrayWriter(tmp_path / "a") as writer:
        writer.put({"x": np.arange(1_000), "none": np.zeros(0)})
    whole = (tmp_path / "a").read_bytes()
    with pytest.raises(RuntimeError), ArrayWriter(tmp_path / "a", behind=True):
        raise RuntimeError
    assert (tmp_path / "a").read_bytes() == whole
    with ArrayWriter(tmp_path / "a", behind=True) as writer:
        spool = writer.spool("late", np.uint16)
        writer.put({"y": np.arange(3.0)})
        spool.append(np.arange(5))
        writer.bytes("z", [b"ab", b"c"])
    arrays = open_arrays(tmp_path / "a")
    assert [(name, arrays[name].tolist()) for name in arrays] == [
        ("x", [*range(1_000)]),
        ("none", []),
        ("y", [0.0, 1.0, 2.0]),
        ("z", [*b"abc"]),
        ("late", [*range(5)]),
    ]
    (tmp_path / "a").write_bytes(whole[:-1])
    with pytest.raises(DamagedIndexError), ArrayWriter(tmp_path / "a", behind=True):
        pass


def test_writing_that_fails_leaves_no_array_file(tmp_path: Path) -> None:
    """What was being written when something went wrong is not opened as a segment."""

    def fail() -> None:
        with ArrayWriter(tmp_path / "a") as writer:
            writer.put({"x": np.arange(1_000)})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with pytest.raises(DamagedIndexError):
        open_arrays(tmp_path / "a")


def test_arrays_are_written_side_by_side(tmp_path: Path) -> None:
    """Arrays that come in pieces, turn and turn about, and one of unknown length among them, are each whole."""
    with ArrayWriter(tmp_path / "a") as writer:
        one, two = writer.spool("one", np.uint16), writer.spool("two", np.uint32)
        one.append(np.arange(2, dtype=np.uint16))
        two.append(np.arange(3, dtype=np.uint32))
        writer.bytes("bytes", iter([b"ab", b"", b"c"]))
        one.append(np.arange(2, 5, dtype=np.uint16))
        writer.put({"none": np.zeros(0, dtype=np.uint8), "last": np.arange(4)})
    opened = open_arrays(tmp_path / "a")
    assert all(array.ctypes.data % 64 == 0 for array in opened.values() if len(array))
    found = {name: array.tolist() for name, array in opened.items()}
    assert found == {"one": [0, 1, 2, 3, 4], "two": [0, 1, 2], "bytes": [97, 98, 99], "none": [], "last": [0, 1, 2, 3]}

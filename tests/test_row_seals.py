"""Seals of the rows of the account."""

from hypothesis import given
from hypothesis import strategies as st

from index.row_seals import Value, former_seal, seal, sealed, seals

VALUES = st.one_of(
    st.none(), st.integers(-(1 << 63), (1 << 63) - 1), st.text(st.characters(codec="utf-8")), st.binary()
)


@st.composite
def columns(draw: st.DrawFn) -> list[list[Value]]:
    """Draw columns of one length: of one value, of one type, or of any values."""
    rows = draw(st.integers(1, 6))
    kinds = [st.integers(0, 99), st.text("ab", max_size=3), st.binary(max_size=3), VALUES]
    one = VALUES.map(lambda value: [value] * rows)
    several = st.sampled_from(kinds).flatmap(lambda kind: st.lists(kind, min_size=rows, max_size=rows))
    return draw(st.lists(st.one_of(one, several), min_size=1, max_size=6))


@given(columns())
def test_rows_are_sealed_alike_alone_and_together(drawn: list[list[Value]]) -> None:
    """What comes as columns has the seals that its rows have one by one."""
    rows = list(zip(*drawn, strict=True))
    assert seals(drawn) == [seal(*row) for row in rows]
    assert [sealed(row)[-1] for row in rows] == seals(drawn)


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.data())
def test_another_value_has_another_seal(text: str, data: st.DataObject) -> None:
    """One flipped bit of a text, and a text that becomes one of bytes or moves to the next value, are found."""
    told = text.encode()
    place = data.draw(st.integers(0, 8 * len(told) - 1))
    flipped = bytearray(told)
    flipped[place // 8] ^= 1 << place % 8
    assert len({seal(told), seal(bytes(flipped)), seal(text), seal(None), seal(text, ""), seal("", text)}) == 6


def test_seals_stay_as_they_were_written() -> None:
    """An account that was written once is sound with every later Backfile."""
    row = ("a-1", 7, None, "é", b"\x00\xff", -3)
    assert seal(*row) == 3280079240
    assert former_seal(*row) == 284133099

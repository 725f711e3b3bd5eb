"""The seal on a generation: bytes that are not what was written are noticed, and said by name."""

from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article
from index.errors import DamagedIndexError, MissingIndexError, UnusableIndexError, VersionError
from index.generation import damage, last_settings, open_generation, read_toc
from index.manifest import FileEntry, IndexSettings, Manifest, SegmentEntry, seal, unseal
from tests.archives import build

MANIFEST = Manifest(
    generation=3,
    committed="2021-01-19T08:00:00.000Z",
    articles=2,
    settings=IndexSettings(time_zone="Europe/Berlin", language="de", title_weight=3.0),
    segments=(SegmentEntry("MAIN_a", ("arrays",), (FileEntry("MAIN_a.seg", 7, 99),)),),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give an index of two generations."""
    build(tmp_path, Article(id="1", title="One"))
    return build(tmp_path, Article(id="2", title="Two"))


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200))
def test_what_is_sealed_is_unsealed(toc: bytes) -> None:
    """The table of contents and the manifest behind it come back as they were, whatever bytes they are."""
    assert unseal(seal(toc, MANIFEST), "x") == (toc, MANIFEST)


def test_a_manifest_lists_every_file(folder: Path) -> None:
    """Each file of each segment with its size, and nothing besides."""
    generation = open_generation(folder)
    entries = list(generation.manifest.files())
    assert {entry.name for entry in entries} == {path.name for path in folder.glob("MAIN_*")}
    assert all((folder / entry.name).stat().st_size == entry.size for entry in entries)
    assert damage(generation) == []


def test_every_flipped_byte_is_noticed(folder: Path) -> None:
    """No byte of the table of contents or its seal can change unnoticed, and nothing is unpickled before that."""
    path = folder / "_MAIN_2.toc"
    sealed = path.read_bytes()
    for place in range(len(sealed)):
        for flip in (0x01, 0x80, 0xFF):
            broken = bytearray(sealed)
            broken[place] ^= flip
            with pytest.raises(DamagedIndexError, match=r"_MAIN_2\.toc") as caught:
                unseal(bytes(broken), path.name)
            assert "backfile reindex" in str(caught.value)
            assert caught.value.exit_status == 3


def test_every_truncation_is_noticed(folder: Path) -> None:
    """A table of contents that was cut anywhere, or to which something was added, is damaged."""
    path = folder / "_MAIN_2.toc"
    sealed = path.read_bytes()
    for cut in range(len(sealed)):
        with pytest.raises(DamagedIndexError):
            unseal(sealed[:cut], path.name)
    with pytest.raises(DamagedIndexError):
        unseal(sealed + b"\0", path.name)
    path.write_bytes(sealed[:-1])
    with pytest.raises(DamagedIndexError):
        open_generation(folder)


def test_a_table_of_contents_of_whoosh_is_refused(folder: Path) -> None:
    """One without a seal was not written by Backfile, and is not unpickled."""
    toc, _ = unseal((folder / "_MAIN_2.toc").read_bytes(), "x")
    (folder / "_MAIN_2.toc").write_bytes(toc)
    with pytest.raises(DamagedIndexError, match="not written by Backfile"):
        open_generation(folder)


def test_a_renamed_generation_is_refused(folder: Path) -> None:
    """An older table of contents under a newer name would bring back what was deleted."""
    (folder / "_MAIN_1.toc").rename(folder / "_MAIN_3.toc")
    with pytest.raises(DamagedIndexError, match="holds generation 1"):
        open_generation(folder)


def test_a_missing_or_cut_file_is_named(folder: Path) -> None:
    """A generation is not opened unless every file is there in its size; the message names the one that is not."""
    names = [entry.name for entry in read_toc(folder, 2).manifest.files()]
    assert len(names) == 2
    for name in names:
        data = (folder / name).read_bytes()
        (folder / name).unlink()
        with pytest.raises(DamagedIndexError, match=rf"{name} is missing.*backfile reindex SOURCE"):
            open_generation(folder)
        for broken in (b"", data[:-1], data + b"\0"):
            (folder / name).write_bytes(broken)
            with pytest.raises(
                DamagedIndexError, match=rf"{name} has {len(broken):,} bytes, {len(data):,} were written"
            ):
                open_generation(folder)
        (folder / name).write_bytes(data)
    open_generation(folder)


def test_every_flipped_byte_of_a_segment_is_found(folder: Path) -> None:
    """What opening does not see, checking does: any bit of any file, by the file's name."""
    generation = open_generation(folder)
    for entry in generation.manifest.files():
        path = folder / entry.name
        data = path.read_bytes()
        for place in {0, len(data) // 3, len(data) // 2, len(data) - 1}:
            broken = bytearray(data)
            broken[place] ^= 0x10
            # Beside, not in place: the bytes of an open generation are mapped.
            beside = path.with_suffix(".beside")
            beside.write_bytes(broken)
            beside.rename(path)
            assert damage(generation) == [f"{entry.name} is damaged: its checksum is wrong"]
        path.unlink()
        assert damage(generation) == [f"{entry.name} cannot be read: No such file or directory"]
        path.write_bytes(data)
    assert damage(generation) == []


def test_opening_flipped_segments_never_raises_anything_else(folder: Path) -> None:
    """Whatever a broken byte makes Whoosh or JSON stumble over on opening is a named error."""
    for path in sorted(folder.glob("MAIN_*")):
        data = path.read_bytes()
        for place in range(0, len(data), max(1, len(data) // 60)):
            broken = bytearray(data)
            broken[place] ^= 0xFF
            path.write_bytes(broken)
            with suppress(DamagedIndexError):
                open_generation(folder)
        path.write_bytes(data)


@pytest.mark.parametrize(
    ("versions", "remedy"),
    [
        ({"format": 0}, "Build it anew with 'backfile reindex SOURCE'"),
        ({"format": 99}, "Upgrade Backfile"),
        ({"analyzer": 0}, "Build it anew with 'backfile reindex'"),
        ({"analyzer": 99}, "Upgrade Backfile"),
        ({"stemmer": "0.0.0"}, "Build it anew with 'backfile reindex'"),
    ],
)
def test_another_version_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, versions: dict[str, object], remedy: str
) -> None:
    """An index of another version is named as that, with the one thing that helps, not as damaged."""
    monkeypatch.setattr("index.commit.Manifest", partial(Manifest, **versions))  # type: ignore[arg-type]  # on purpose
    build(tmp_path, Article(id="1", title="One"))
    with pytest.raises(VersionError) as caught:
        open_generation(tmp_path)
    assert remedy in str(caught.value)
    assert str(next(iter(versions.values()))) in str(caught.value)
    assert caught.value.exit_status == 3


def test_a_feature_that_is_not_known_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A segment with something in it that this Backfile cannot read says so, instead of being read without."""
    monkeypatch.setattr("index.commit.FEATURES", ("arrays", "holograms"))
    build(tmp_path, Article(id="1", title="One"))
    with pytest.raises(VersionError, match=r"needs holograms.*Upgrade"):
        open_generation(tmp_path)


def test_settings_survive_damage(folder: Path) -> None:
    """The settings are those of the newest generation that can tell them; where none can, there are none."""
    assert last_settings(folder) == IndexSettings()
    (folder / "_MAIN_2.toc").write_bytes(b"")
    assert last_settings(folder) == IndexSettings()
    (folder / "_MAIN_1.toc").write_bytes(b"")
    assert last_settings(folder) is None
    assert last_settings(folder / "nowhere") is None


def test_there_may_be_no_index(tmp_path: Path) -> None:
    """A folder without a generation, a file, a place that is not there and a generation that has gone: all say so."""
    (tmp_path / "file").write_text("")
    for place in (tmp_path, tmp_path / "file", tmp_path / "nowhere"):
        with pytest.raises(MissingIndexError, match="There is no index in"):
            open_generation(place)
    build(tmp_path, Article(id="1", title="One"))
    with pytest.raises(MissingIndexError, match="no generation 7"):
        open_generation(tmp_path, 7)
    assert issubclass(MissingIndexError, UnusableIndexError)

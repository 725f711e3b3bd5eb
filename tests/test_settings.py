"""The table of settings, and the settings of an index."""

from pathlib import Path

import pytest

from index.errors import SettingError
from index.manifest import IndexSettings
from index.settings import HOST, INDEX, MEMORY, PORT, SETTINGS, TITLE, WORKERS, Setting


def test_every_setting_can_be_told_apart_and_explained() -> None:
    """Each has a name and an environment variable of its own, and a line of help that is no sentence."""
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)
    for setting in SETTINGS:
        assert setting.environment == "BACKFILE_" + setting.name.replace("-", "_").upper()
        assert setting.help
        assert not setting.help.endswith(".")
        assert "\n" not in setting.help


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_default_is_a_value_that_can_be(setting: Setting[object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every default is what its own text is read as; an empty variable counts as none."""
    monkeypatch.delenv(setting.environment, raising=False)
    assert setting.value() == setting.default
    assert setting.read(str(setting.default)) == setting.default
    monkeypatch.setenv(setting.environment, "")
    assert setting.value() == setting.default


def test_the_environment_sets_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable's text is read at the moment it is asked for."""
    for setting, text, value in (
        (MEMORY, "64", 64),
        (INDEX, "/var/lib/news", Path("/var/lib/news")),
        (HOST, "0.0.0.0", "0.0.0.0"),
        (TITLE, "Der Tag – Archiv", "Der Tag – Archiv"),
    ):
        monkeypatch.setenv(setting.environment, text)
        assert setting.value() == value


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (MEMORY, "lots"),
        (MEMORY, "15"),
        (MEMORY, "1e3"),
        (PORT, "65536"),
        (PORT, "-1"),
        (WORKERS, "513"),
        (WORKERS, "٣x"),
    ],
)
def test_a_value_that_cannot_be_is_named(setting: Setting[int], text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the variable, its text and what is wanted, and the exit status is that of wrong usage."""
    monkeypatch.setenv(setting.environment, text)
    with pytest.raises(SettingError) as caught:
        setting.value()
    assert setting.environment in str(caught.value)
    assert repr(text) in str(caught.value)
    assert "whole number" in str(caught.value) or "has to be from" in str(caught.value)
    assert caught.value.exit_status == 2


@pytest.mark.parametrize(("setting", "least", "most"), [(PORT, 0, 65_535), (WORKERS, 0, 512), (MEMORY, 16, 1 << 20)])
def test_bounds_are_inclusive(setting: Setting[int], least: int, most: int) -> None:
    """The least and the most that a setting may be are allowed themselves."""
    assert setting.read(str(least)) == least
    assert setting.read(str(most)) == most


def test_an_index_speaks_english_in_utc_unless_told() -> None:
    """The defaults of a new index."""
    assert IndexSettings() == IndexSettings(time_zone="UTC", language="en", title_weight=2.0)
    assert IndexSettings(time_zone="Europe/Berlin").zone.key == "Europe/Berlin"


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars/Olympus"},
        {"time_zone": ""},
        {"time_zone": "../etc/passwd"},
        {"time_zone": "/etc/localtime"},
        {"time_zone": "Europe"},
        {"language": "english"},
        {"language": "EN"},
        {"language": "eng"},
        {"language": ""},
        {"title_weight": 0.0},
        {"title_weight": 101.0},
        {"title_weight": float("nan")},
    ],
)
def test_index_settings_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    """A zone, a language or a weight that makes no sense is a SettingError that says what is wanted."""
    with pytest.raises(SettingError) as caught:
        IndexSettings(**wrong)  # type: ignore[arg-type]  # on purpose
    assert "wanted" in str(caught.value) or "has to be" in str(caught.value)

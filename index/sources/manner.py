"""The manner of reading: what somebody said of a source that neither its names nor its contents tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from index.article import TEXT_FIELDS
from index.errors import SettingError

FIELDS = (*TEXT_FIELDS, "date", "comments")
"""The names of an article's fields, as columns and keys are called unless a mapping says otherwise."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How files are read: all in one ``format`` instead of each in its own, and under which names values stand.

    ``names`` are pairs of a field and the key or column that holds it.
    """

    format: str | None = None
    names: tuple[tuple[str, str], ...] = ()

    def fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values under the names of the fields that they are for. What a mapped key holds comes first."""
        fields = dict(values)
        for _, key in self.names:
            fields.pop(key, None)
        for field, key in self.names:
            if values.get(key) is not None:
                fields[field] = values[key]
        return fields


PLAIN = Manner()
"""Nothing was said."""


def read_names(given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Read what ``--map FIELD=NAME`` was given. Raises SettingError for another form, or a field that there is not."""
    names: dict[str, str] = {}
    for text in given:
        field, mark, key = text.partition("=")
        if not mark or not key or field not in FIELDS:
            raise SettingError(
                f"{text!r} is no mapping: it has to be FIELD=NAME, as title=headline, with a FIELD of "
                f"{', '.join(FIELDS)}."
            )
        if names.setdefault(field, key) != key:
            raise SettingError(f"{field} cannot stand both in {names[field]!r} and in {key!r}.")
    return tuple(names.items())

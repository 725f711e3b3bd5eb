"""What the web application has to be told."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.settings import ACCENT, FOOTER, INDEX, ROBOTS, TEMPLATES, TITLE


@dataclass(frozen=True, slots=True)
class Config:
    """Which index is served, and how its pages look.

    ``title``, ``footer`` and ``accent`` (a colour, ``#rrggbb``) are on every page; ``robots`` says whether search
    engines may index articles; ``templates`` is a folder whose templates take the place of ours.
    """

    index: Path
    title: str = TITLE.default
    accent: str = ACCENT.default
    footer: str = FOOTER.default
    robots: bool = ROBOTS.default == "index"
    templates: Path | None = None

    @classmethod
    def from_environment(cls, **changes: Any) -> "Config":
        """Read the settings, but for ``changes``; raises SettingError."""
        folder = TEMPLATES.value()
        settings: dict[str, Any] = {
            "index": INDEX.value(),
            "title": TITLE.value(),
            "accent": ACCENT.value(),
            "footer": FOOTER.value(),
            "robots": ROBOTS.value() == "index",
            "templates": Path(folder) if folder else None,
        }
        return cls(**settings | changes)

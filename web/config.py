"""What the web application has to be told."""

from dataclasses import dataclass
from pathlib import Path

from index.settings import INDEX, TITLE


@dataclass(frozen=True, slots=True)
class Config:
    """Which index is served, and the archive's name as it stands over every page."""

    index: Path
    title: str = TITLE.default

    @classmethod
    def from_environment(cls) -> "Config":
        """Read ``$BACKFILE_INDEX``, else ``./backfile-index``, and ``$BACKFILE_TITLE``; raises SettingError."""
        return cls(index=INDEX.value(), title=TITLE.value())

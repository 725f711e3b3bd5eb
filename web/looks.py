"""What the looks of a page depend on beside what it shows: templates, style, script and settings, as one digest."""

import hashlib
from functools import cache
from pathlib import Path

from flask import current_app
from jinja2 import FileSystemLoader

from web.archive import archive_config
from web.site import STATIC, TEMPLATES


def looks() -> str:
    """Return the digest: another one after a restart with other settings, other templates or another version."""
    loader = current_app.jinja_loader
    own = loader.searchpath if isinstance(loader, FileSystemLoader) else []
    config = archive_config()
    return _digest((config.title, config.accent, config.footer, config.robots), tuple(map(Path, own)))


@cache
def _digest(settings: tuple[object, ...], own: tuple[Path, ...]) -> str:
    found = hashlib.blake2b(repr(settings).encode(), digest_size=8)
    for folder in (TEMPLATES, STATIC, *own):
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.is_file():
                found.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()

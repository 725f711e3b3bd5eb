"""What every page of an archive has in common: its name, colour and footer, and the files that make its looks."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import current_app, request, url_for
from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PrefixLoader

from web.accent import style_sheet
from web.archive import CONFIG_KEY
from web.config import Config

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"

# A year: the addresses of style and script change with what they hold.
STATIC_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Site:
    """What the frame of a page shows, and the addresses that it asks for; ``accent`` and ``suggest`` may be None."""

    title: str
    footer: str
    robots: bool
    home: str
    style: str
    script: str
    icon: str
    accent: str | None
    suggest: str | None


def site(blueprint: str) -> Site:
    """Describe the site whose pages a blueprint of this name serves."""
    config = config_of_this()
    sheet = style_sheet(config.accent)
    suggest = f"{blueprint.removesuffix(blueprint.rpartition('.')[2])}backfile_api.suggest"
    return Site(
        title=config.title,
        footer=config.footer,
        robots=config.robots,
        home=url_for(f"{blueprint}.search"),
        style=_static(blueprint, "backfile.css"),
        script=_static(blueprint, "backfile.js"),
        icon=_static(blueprint, "icon.svg"),
        accent=url_for(f"{blueprint}.accent", v=_digest(sheet.encode())) if sheet else None,
        suggest=url_for(suggest) if suggest in current_app.view_functions else None,
    )


def config_of_this() -> Config:
    """Return the configuration; an application that only borrows the blueprints may have set none."""
    config: Config | None = current_app.config.get(CONFIG_KEY)
    return config or Config(index=Path())


def templates() -> BaseLoader:
    """Return the templates, each also under ``original/``, for another of its name to extend."""
    shipped = FileSystemLoader(TEMPLATES)
    return ChoiceLoader([shipped, PrefixLoader({"original": shipped})])


def static_seconds(*_: Any) -> int | None:
    """Return how long a file may be kept without asking again: for good under an address that names its content."""
    return STATIC_SECONDS if "v" in request.args else None


def _static(blueprint: str, name: str) -> str:
    return url_for(f"{blueprint}.static", filename=name, v=_digest_of_file(STATIC / name))


@cache
def _digest_of_file(path: Path) -> str:
    return _digest(path.read_bytes())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:10]

"""What every page of an archive has in common: its name, colour and footer, and the files that make its looks."""

import hashlib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, request, url_for
from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PrefixLoader

from web.accent import style_sheet
from web.archive import archive_config
from web.caching import PLACE
from web.config import Config

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"

# A year: the addresses of style and script change with what they hold.
STATIC_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Site:
    """What the frame of a page shows, and the addresses that it asks for; some may be None.

    ``articles`` is where the addresses of articles begin; ``feed`` and ``downloads``, each with its kind, are those of
    a search of everything.
    """

    title: str
    footer: str
    robots: bool
    home: str
    style: str
    script: str
    icon: str
    accent: str | None
    suggest: str | None
    opensearch: str | None
    articles: str
    feed: str | None
    downloads: tuple[tuple[str, str], ...]


def site(blueprint: str) -> Site:
    """Describe the site whose pages a blueprint of this name serves."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    # Addresses into which an application of somebody else's puts something of the request are not those of the next.
    describe = _site.__wrapped__ if app.url_default_functions else _site
    return describe((app, *map(request.environ.get, PLACE)), blueprint, archive_config())


@lru_cache(16)
def _site(_: tuple[object, ...], blueprint: str, config: Config) -> Site:
    """Describe a site once for each place where it stands: its ten addresses take as long as a small search."""
    sheet = style_sheet(config.accent)
    downloads = (("CSV", "backfile_exports.export_table"), ("JSONL", "backfile_exports.export_lines"))
    found = ((kind, beside(blueprint, endpoint)) for kind, endpoint in downloads)
    return Site(
        title=config.title,
        footer=config.footer,
        robots=config.robots,
        home=url_for(f"{blueprint}.search"),
        style=_static(blueprint, "backfile.css"),
        script=_static(blueprint, "backfile.js"),
        icon=_static(blueprint, "icon.svg"),
        accent=url_for(f"{blueprint}.accent", v=_digest(sheet.encode())) if sheet else None,
        suggest=beside(blueprint, "backfile_lookups.suggest"),
        opensearch=beside(blueprint, "backfile_descriptions.opensearch"),
        articles=url_for(f"{blueprint}.article", identifier="-").removesuffix("-"),
        feed=beside(blueprint, "backfile_feed.feed"),
        downloads=tuple((kind, address) for kind, address in found if address),
    )


def beside(blueprint: str, endpoint: str) -> str | None:
    """Make an address of another of our blueprints, registered where this one is; None where it is not."""
    name = f"{blueprint.removesuffix(blueprint.rpartition('.')[2])}{endpoint}"
    return url_for(name) if name in current_app.view_functions else None


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

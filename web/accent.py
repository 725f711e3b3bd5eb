"""The archive's colour: of the one that is set, shades that can be read on light paper and on dark."""

from index.settings import ACCENT

# The papers and inks of static/backfile.css, light and dark.
PAPERS = ("#f3efe5", "#212226")
INKS = ("#ffffff", "#16171a")

# WCAG 2.2, 1.4.3: text against what it stands on.
CONTRAST = 4.5

_STEPS = 64

Colour = tuple[int, int, int]


def style_sheet(accent: str) -> str | None:
    """Return the custom properties for an accent colour ``#rrggbb``; None for the one the style sheet has itself."""
    if accent == ACCENT.default:
        return None
    light, dark = (readable(accent, paper) for paper in PAPERS)
    inks = [max(INKS, key=lambda ink: contrast(ink, colour)) for colour in (light, dark)]
    return (
        f":root{{--accent:{light};--accent-ink:{inks[0]}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{--accent:{dark};--accent-ink:{inks[1]}}}}}\n"
    )


def readable(colour: str, paper: str) -> str:
    """Return the shade nearest to a colour that can be read on a paper: darker on light paper, lighter on dark."""
    start, end = _parts(colour), (0, 0, 0) if _luminance(paper) > 0.5 else (255, 255, 255)
    for step in range(_STEPS + 1):
        red, green, blue = (round(a + (b - a) * step / _STEPS) for a, b in zip(start, end, strict=True))
        shade = f"#{red:02x}{green:02x}{blue:02x}"
        if contrast(shade, paper) >= CONTRAST:
            break
    return shade


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21, as WCAG 2.2 defines it."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (number / 255 for number in _parts(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: str) -> Colour:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)

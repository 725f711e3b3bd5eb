"""The main text of a page: its article's paragraphs, without what stands around them.

Where the page states its text in JSON-LD, those of its blocks are taken that are in it; otherwise trafilatura finds
them. What repeats the title goes, links to other articles go, and the lead comes first, if the page shows it.
"""

import re
from collections import Counter

from lxml import etree

from index.sources import statements
from index.sources.markup import Block, blocks_of, clean
from index.sources.statements import Page, words

_TOO_MANY = 60_000
"""Elements of a page over which trafilatura is not asked: its time grows faster than they."""
_ENOUGH = 0.9
"""Share of the text stated that has to be found on the page to be taken from there."""
_LONG = 1_200
"""Characters of a stated text from which it is believed to be the whole."""
_PARAGRAPH = 80
"""Characters of a block from which it is taken for text where nothing else tells."""
_CAPTIONS = "//figcaption"
_LINKED = 0.8
"""Share of links from which a block leads elsewhere."""


def main_text(page: Page) -> list[Block]:
    """Return the blocks of a page's article."""
    shown = blocks_of(page.tree, page.address)
    stated = _as_stated(page, shown)
    if stated and _length(stated) >= _LONG:
        blocks = stated
    else:
        blocks = _extracted(page) or [block for block in shown if len(block.text) > _PARAGRAPH] or shown
        # A short text that is stated may be the beginning of one only.
        if stated and _length(blocks) < 1.5 * _length(stated):
            blocks = stated
        elif not stated:
            blocks = _stated_alone(page, blocks)
    return _with_lead(page, _without_title(page, blocks), shown)


def _length(blocks: list[Block]) -> int:
    """Return how many characters blocks have."""
    return sum(len(block.text) for block in blocks)


def _as_stated(page: Page, shown: list[Block]) -> list[Block] | None:
    """Return those blocks of a page that are in the text it states, None where it states none or not all of it."""
    stated = page.article.get("articleBody")
    if not isinstance(stated, str):
        return None
    whole = f" {statements.joined(block.text for block in clean(stated))} "
    found: list[Block] = []
    heading: Block | None = None
    seen: set[str] = set()
    count = 0
    for block in shown:
        key = " ".join(words(block.text))
        if key and key not in seen and f" {key} " in whole:
            seen.add(key)
            # Many leave out the headings between their paragraphs.
            found += [heading, block] if heading and found else [block]
            count += key.count(" ") + 1
            heading = None
        else:
            heading = block if block.kind in ("h2", "h3", "h4") and not _leads_elsewhere(block) else None
    return found if count >= _ENOUGH * len(whole.split()) else None


def _stated_alone(page: Page, shown: list[Block]) -> list[Block]:
    """Return the text that a page states where that is what it shows and much more: scripts show the rest."""
    stated = page.article.get("articleBody")
    if not isinstance(stated, str) or len(stated) < 1.5 * max(_length(shown), _LONG):
        return shown
    blocks = clean(stated, page.address)
    in_stated, in_shown = (Counter(words(" ".join(block.text for block in some))) for some in (blocks, shown))
    return blocks if (in_stated & in_shown).total() >= _ENOUGH * in_shown.total() else shown


def _extracted(page: Page) -> list[Block]:
    """Return what trafilatura finds, without the links to other articles that stand between paragraphs."""
    # Here, since it takes a third of a second that a command without pages has no use for.
    import trafilatura

    if page.is_deep or sum(1 for _ in page.tree.iter()) > _TOO_MANY:
        return []
    document = trafilatura.bare_extraction(
        page.tree,
        with_metadata=False,
        include_comments=False,
        include_formatting=True,
        include_links=True,
        prune_xpath=_CAPTIONS,
    )
    if document is None or isinstance(document, dict) or document.body is None:
        return []
    _renamed(document.body)
    blocks = [block for block in blocks_of(document.body, page.address) if not _leads_elsewhere(block)]
    # What stands there time and again is said of something that does not show.
    times = Counter(block.text for block in blocks)
    return [block for block in blocks if times[block.text] < 3]


_NAMES = {"list": "ul", "item": "li", "quote": "blockquote", "ref": "a", "lb": "br", "row": "tr", "cell": "td"}


def _renamed(body: etree._Element) -> None:
    """Give the elements of trafilatura's tree, which is in TEI, their names in HTML."""
    for element in body.iter(*_NAMES, "head", "hi"):
        rend = element.get("rend") or ""
        if element.tag == "head":
            element.tag = rend if re.fullmatch("h[1-6]", rend) else "h3"
        elif element.tag == "hi":
            element.tag = {"#b": "strong", "#i": "em", "#sub": "sub", "#sup": "sup", "#t": "code"}.get(rend, "span")
        elif element.tag == "list":
            element.tag = "ol" if rend == "ol" else "ul"
        else:
            if element.tag == "ref" and element.get("target"):
                element.set("href", element.get("target") or "")
            element.tag = _NAMES[str(element.tag)]


def _leads_elsewhere(block: Block) -> bool:
    return block.kind in ("p", "ul", "h2", "h3", "h4") and block.linked >= _LINKED * len(block.text)


def _without_title(page: Page, blocks: list[Block]) -> list[Block]:
    """Leave out what the text begins with that is told elsewhere: title, author, section."""
    told = {" ".join(words(line)) for line in page.titles}
    told |= {" ".join(words(line)) for line in (statements.byline(page), statements.section(page)) if line}
    begin = 0
    while begin < min(len(blocks), 4) and " ".join(words(blocks[begin].text)) in told:
        begin += 1
    return blocks[begin:]


def _with_lead(page: Page, blocks: list[Block], shown: list[Block]) -> list[Block]:
    lead = " ".join(words(statements.lead(page) or ""))
    if len(lead) < 20 or lead in statements.joined(block.text for block in blocks):
        return blocks
    return [block for block in shown if " ".join(words(block.text)) == lead][:1] + blocks

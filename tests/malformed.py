"""Malformed files of every kind: good ones of each format, and what happens to files.

Each is made from a number, so that the same number is the same file for ever.
"""

import gzip
import io
import random
import tarfile
import zipfile
from collections.abc import Callable
from itertools import pairwise

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Harbour bridge closed - The Courier</title>
<meta property="og:title" content="Harbour bridge closed">
<link rel="canonical" href="https://courier.example/harbour/1">
<script type="application/ld+json">{"@context": "https://schema.org", "@graph": [{"@type": "NewsArticle",
"headline": "Harbour bridge closed",
"datePublished": "2023-03-01T08:30:00+01:00", "articleSection": ["Harbour"]}]}</script>
</head><body><h1>Harbour bridge closed</h1>
<p>The bridge over the harbour closed on Wednesday after a barge struck it, and
ferries will run through the night.</p><p>Nobody was hurt, said the harbour master, who had seen it coming.</p>
</body></html>
"""
FEED = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>The Courier</title>
<item><title>Ferries</title>
<link>https://courier.example/2</link><guid>https://courier.example/2</guid>
<pubDate>Wed, 01 Mar 2023 08:30:00 GMT</pubDate>
<description>&lt;p&gt;They run &lt;b&gt;all&lt;/b&gt; night &amp; day.&lt;/p&gt;</description></item></channel></rss>
"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry><id>tag:courier.example,2023:1</id><title>T</title>
<updated>2023-03-01T08:30:00Z</updated><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>B</p></div></content>
</entry></feed>
"""
MARKDOWN = (
    "---\ntitle: Ferries\ndate: 2023-03-01 08:30 +0100\nauthors: [A, B]\n---\n\n# Ferries\n\nThey *run* all night.\n"
)
TABLE = 'id,title,date,body\n1,Ferries,2023-03-01,"They run,\nall night"\n2,Bridge,01.03.2023,Closed\n'
LINES = (
    '{"id": "1", "title": "Ferries", "body": "They run."}\n{"id": "2", "title": "Bridge", "body_html": "<p>x</p>"}\n'
)
WIRE = "Harbour\n\nFerries run\n16:26, 1 March 2023\n\nAll night.\n"

BOMB = "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12))


def packed(name: str, data: bytes) -> bytes:
    """Return a file in a ZIP archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writing:
        writing.writestr(name, data)
    return archive.getvalue()


def taped(name: str, data: bytes) -> bytes:
    """Return a file in a packed tar archive."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as writing:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        writing.addfile(entry, io.BytesIO(data))
    return archive.getvalue()


GOOD: dict[str, bytes] = {
    "page.html": PAGE.encode(),
    "feed.xml": FEED.encode(),
    "feed.atom": ATOM.encode(),
    "story.md": MARKDOWN.encode(),
    "story.txt": MARKDOWN.encode(),
    "wire.txt": WIRE.encode(),
    "table.csv": TABLE.encode(),
    "table.tsv": TABLE.replace(",", "\t").encode(),
    "lines.jsonl": LINES.encode(),
    "lines.jsonl.gz": gzip.compress(LINES.encode(), mtime=0),
    "pages.zip": packed("a/page.html", PAGE.encode()),
    "pages.tar.gz": taped("a/page.html", PAGE.encode()),
    "unnamed": PAGE.encode(),
}

Damage = Callable[[bytes, random.Random], bytes]


def _nested_json(opening: str, closing: str) -> bytes:
    deep = opening * 5000 + "1" + closing * 5000
    return PAGE.replace('["Harbour"]', deep).encode()


DAMAGES: dict[str, Damage] = {
    "cut": lambda data, chance: data[: chance.randrange(len(data) + 1)],
    "empty": lambda data, chance: b"",
    "blank": lambda data, chance: b" \n\t" * chance.randrange(1, 50),
    "binary": lambda data, chance: chance.randbytes(chance.randrange(1, 4000)),
    "zeros": lambda data, chance: b"\0" * chance.randrange(1, 4000),
    "flipped": lambda data, chance: _flipped(data, chance, 1),
    "riddled": lambda data, chance: _flipped(data, chance, len(data) // 20 + 1),
    "zeros inside": lambda data, chance: data.replace(b"e", b"\0", chance.randrange(1, 30)),
    "another encoding": lambda data, chance: data.decode("latin-1").encode(
        chance.choice(["utf-16", "utf-32", "cp500"])
    ),
    "high bytes": lambda data, chance: data.replace(b"a", bytes([chance.randrange(128, 256)])),
    "twice": lambda data, chance: data + data,
    "shuffled": lambda data, chance: _shuffled(data, chance),
    "repeated": lambda data, chance: data[: chance.randrange(1, len(data))] * chance.randrange(2, 60),
    "other content": lambda data, chance: chance.choice(list(GOOD.values())),
    "nested objects": lambda data, chance: _nested_json('{"@graph":', "}"),
    "nested lists": lambda data, chance: _nested_json("[", "]"),
    "nested elements": lambda data, chance: b"<html><body>" + b"<div>" * 20_000 + b"text" + data,
    "nested items": lambda data, chance: b"<rss><channel>" + b"<item>" * 5_000 + data,
    "nested quotes": lambda data, chance: b"> " * 5_000 + b"deep\n" + data,
    "nested fields": lambda data, chance: b"---\ntitle: " + b"[" * 5_000 + b"\n---\n" + data,
    "fields within fields": lambda data, chance: b"---\na: &a [x, x]\n" + _aliases() + b"---\ntext\n",
    "entities": lambda data, chance: f'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">{BOMB}]>{FEED}'.replace(
        "They", "&m;"
    ).encode(),
    "a file's entity": lambda data, chance: f'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>{FEED}'.replace(
        "They", "&x;"
    ).encode(),
    "unclosed quote": lambda data, chance: b'id,title\n1,"' + data,
    "unclosed tags": lambda data, chance: data.replace(b">", b"", chance.randrange(1, 20)),
}


def malformed(number: int) -> tuple[str, bytes]:
    """Return the name and the bytes of a malformed file."""
    chance = random.Random(number)
    name, data = chance.choice(list(GOOD.items()))
    damage = list(DAMAGES.values())[number % len(DAMAGES)]
    return f"{number:04}-{name}", damage(data, chance)


def _flipped(data: bytes, chance: random.Random, times: int) -> bytes:
    flipped = bytearray(data)
    for _ in range(times):
        flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
    return bytes(flipped)


def _shuffled(data: bytes, chance: random.Random) -> bytes:
    pieces = data.split(b"<") if b"<" in data else data.split(b"\n")
    chance.shuffle(pieces)
    return b"<".join(pieces)


def _aliases() -> bytes:
    names = "abcdefghijklmnop"
    lines = (f"{now}: &{now} [{', '.join([f'*{before}'] * 9)}]" for before, now in pairwise(names))
    return ("\n".join(lines) + "\ntitle: *p\n").encode()

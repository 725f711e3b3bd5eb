"""Files, folders and streams -> records, one module a format.

source      Source: what is named on the command line, and the records in it
formats     which reader a file is for
found       which files there are, and which of them have not changed
part        what a source is divided into, to be read here or in another process
record      Record: an article read, or why there is none
wire        wire text: section, headline, date, photo credit, paragraphs
jsonl       JSON lines, compressed or not
"""

from index.sources.found import UNTRUSTED, Ended, Familiar, FileState, Found, Skipped
from index.sources.part import Part, read_part
from index.sources.record import Record
from index.sources.source import STANDARD_INPUT, Source

READERS = 1
"""Goes up whenever a reader makes something else of the same bytes."""

__all__ = [
    "READERS",
    "STANDARD_INPUT",
    "UNTRUSTED",
    "Ended",
    "Familiar",
    "FileState",
    "Found",
    "Part",
    "Record",
    "Skipped",
    "Source",
    "read_part",
]

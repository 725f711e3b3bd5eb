"""Files, folders and streams -> records, one module a format.

source      Source: what is named on the command line, and the records in it
formats     which reader a file is for
walk        which files there are in a folder
found       what a walk sees of a file, and whether it has been read before
manner      what somebody said of how it is to be read
address     what stands at an address of the web
compression what gzip, Zstandard and bzip2 have packed
archive     ZIP and tar: the files in an archive
whole       a file that is one article
part        what a source is divided into, to be read here or in another process
record      Record: an article read, or why there is none
wire        wire text: section, headline, date, photo credit, paragraphs
front_matter  text and Markdown with fields in YAML before them
jsonl       JSON lines
table       CSV and TSV: an article a row
feed        RSS and Atom: an article an item
page        HTML pages: an article a page
statements  what a page states of its article
json_ld     schema.org in a page
main_text   the main text of a page, without what stands around it
markup      markup -> paragraphs of plain text, and the same as clean markup
charset     the characters of a page
"""

from index.sources.address import is_address
from index.sources.formats import FORMATS
from index.sources.found import UNTRUSTED, Ended, Familiar, FileState, Found, Skipped
from index.sources.manner import PLAIN, Manner, read_names
from index.sources.part import Part, read_part
from index.sources.record import Record
from index.sources.source import STANDARD_INPUT, Source

READERS = 3
"""Goes up whenever a reader makes something else of the same bytes."""

__all__ = [
    "FORMATS",
    "PLAIN",
    "READERS",
    "STANDARD_INPUT",
    "UNTRUSTED",
    "Ended",
    "Familiar",
    "FileState",
    "Found",
    "Manner",
    "Part",
    "Record",
    "Skipped",
    "Source",
    "is_address",
    "read_names",
    "read_part",
]

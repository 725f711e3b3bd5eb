"""Files, folders and streams -> records, one module a format.

source      Source: what is named on the command line, and the records in it
formats     which reader a file is for
part        what a source is divided into, to be read here or in another process
record      Record: an article read, or why there is none
wire        wire text: section, headline, date, photo credit, paragraphs
jsonl       JSON lines, compressed or not
"""

from index.sources.part import Part, read_part
from index.sources.record import Record
from index.sources.source import STANDARD_INPUT, Source

__all__ = ["STANDARD_INPUT", "Part", "Record", "Source", "read_part"]

"""Files, folders and streams -> records, one module a format.

source      Source: what is named on the command line, and the records in it
formats     which reader a file is for
record      Record: an article read, or why there is none
wire        wire text: section, headline, date, photo credit, paragraphs
jsonl       JSON lines, compressed or not
"""

from index.sources.record import Record
from index.sources.source import STANDARD_INPUT, Source

__all__ = ["STANDARD_INPUT", "Record", "Source"]

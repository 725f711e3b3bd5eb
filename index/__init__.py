"""Which articles are there, and where does each word stand?

In the order in which an article passes through them:

    sources         files, folders and streams -> records, one reader a format
    dates           written dates -> dates
    article         Article, and the rules that every article keeps
    articles        a run of articles as columns
    plain_lines     JSON lines of which nothing has to be told -> articles, all of a block at once
    intake          the records of a part -> articles, and what is rejected between them
    language        the language of an article that does not say
    words           where words begin and end, and how they are spelt
    stemming        words -> stems, by language; folding
    analysis        the analyzer: text -> tokens
    schema          the fields of an article in the index
    chunks          blocks of text -> the numbers of what stands between white space
    numbering       texts -> the numbers of their chunks, and each article's language
    lexicon         chunks -> runs of words, analysed once a language
    batch           articles -> the numbers of their words
    wording         what words are made of, on its way to who makes them
    parcels         articles gathered until there is enough text for a step over all of it
    builder         a batch of articles -> postings, by sorting
    lists           postings -> the arrays of a segment, written as they come
    quantise        lengths and frequencies in a byte each
    small           numbers that mostly fit into a byte
    gaps            the documents of posting lists
    strings         sorted strings as arrays: terms and surfaces
    surfaces        words as written -> terms
    stored          stored articles in compressed blocks
    names           strings in columns, and columns of numbers into few of them
    columns         what filters, orders and facets are read from
    arrays          named arrays in one mapped file
    word_writer     texts -> the arrays of a segment that are of their words
    document_writer the rest of articles -> the arrays of a segment that are of its documents
    segment_writer  articles -> segments, by these two
    written         segments that no generation names yet
    process         a process that does what it is told through a pipe
    hired           such processes as their writer holds them
    word_process    one that makes words
    segment_process articles -> segments with its help, while this one reads on
    collecting      less often a look for cycles of objects
    processors      how many there are, and whether one is left for a thread
    carrying        the stored articles of an index, to be written again
    order           newest first
    merge           several segments -> one
    merge_postings  their term lists -> one's
    merging         which segments become one
    writer          open_writer: articles in, one commit out
    worker          one that reads and writes its share of a run
    outbox          messages to one, sent while the sender goes on
    workers         the workers of a run, fed and heard in order
    account         what was read, from where, and what became of it
    account_rows    its tables
    row_seals       the seal of each of their rows
    account_check   whether it is sound
    history         what became of one article or file, and why
    entry_blocks    many entries put down as they come, and read again by id
    ledger          what a run has done so far
    settling        what becomes of each article of a run
    familiar        which files have not changed since they were read
    changed         what a run does that looks at changed files alone
    reading         the records of the sources, into the writer
    lock            one writer at a time
    manifest        what a generation consists of, sealed
    staged          a restored account, until it takes its place
    holding         an index folder held by one writer
    commit          a generation becomes visible
    generation      a generation is opened
    segment         a segment is read
    codec           stock Whoosh reads a segment
    space           how much disk building anew takes
    losses          what a damaged index takes with it
    indexing        index and delete: an index in step with its sources
    watching        index again after every change in its sources
    reindexing      reindex: an index built afresh
    export          every article as a line of JSON
    checking        whether all of it fits together
    backup          a copy of the newest generation as one tar
    restore         an index made of such a copy
    progress        how far a run has come
    settings        every setting there is
    errors          everything that can go wrong
    command_line    what every command has in common
    commands        the commands that write an index, and those that tell of it
    safety_commands those that keep it safe
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.article import Article
    from index.errors import ArticleError, BackfileError
    from index.manifest import IndexSettings
    from index.settling import Addition, Outcome
    from index.writer import Writer, open_writer

_HOMES = {
    "Addition": "index.settling",
    "Article": "index.article",
    "ArticleError": "index.errors",
    "BackfileError": "index.errors",
    "IndexSettings": "index.manifest",
    "Outcome": "index.settling",
    "Writer": "index.writer",
    "open_writer": "index.writer",
}
"""Where each name is at home, to be imported when it is asked for: a process that needs one module of the package is
there 0.1 s sooner than with all of them."""

__all__ = [
    "Addition",
    "Article",
    "ArticleError",
    "BackfileError",
    "IndexSettings",
    "Outcome",
    "Writer",
    "open_writer",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

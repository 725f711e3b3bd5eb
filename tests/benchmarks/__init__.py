"""Backfile beside its peers: the same articles, the same queries, one table.

    python -m tests.benchmarks FILE.jsonl

In the order in which a run goes through them:

    articles        a file of JSON lines -> articles, for the peers and for drawing queries
    queries         articles -> queries of eight kinds, always the same ones
    engines         the protocol that every engine keeps, and which engines there are
    backfile        Backfile, by its command line and its searcher
    backfile_api    Backfile's API: whole requests, with snippets and facets
    whoosh_stock    Whoosh as it comes
    fts5            SQLite's full-text index
    tantivy_engine  tantivy, driven from Python
    child           the process in which one engine works
    memory          what a process and its children hold in memory
    measure         a run: every engine builds and answers, in processes of its own
    figures         what was measured: of one engine, of one run, over all runs
    machine         what it was measured on
    report          the table, and what has to be known to read it

Beside it, how well newspapers' pages are read, by ``python -m tests.benchmarks.pages FOLDER``:

    pages           pages as they were published, against what people said is in them

And how much its server bears, by ``python -m tests.benchmarks.load FILE.jsonl``:

    load            requests a second, milliseconds to an answer, processor time
    parts           what a request's time goes to
    bare            Flask that does nothing, to be compared with
"""

"""Which articles answer this, best first, and which passage shows it?

One module a step, in the order in which a request meets them:

    request     SearchRequest: what can be asked
    errors      RequestError, QueryError, StaleCursorError, SlowSearchError: what can be wrong with it
    deadline    when a search is given up
    lexer       the query language: text -> lexemes, with places
    reading     lexemes -> clauses, for people to read
    grammar     lexemes -> whoosh.query tree
    dates       dates in a query
    collection  a generation as a search sees it: segments, sections, languages, words
    terms       words of the query -> term groups of this generation
    kept        what is kept between requests, in bounded memory
    heads       the best postings of a word
    bits        which documents are in a list, and where
    postings    where a word or phrase occurs in one segment
    forms       what a posting list is made into besides, and kept with it
    executor    the tree over the postings, by array operations
    places      where words stand, in one numbering of a segment's words
    phrases     positions held against each other
    occurrences where words stand near each other in one text
    ranking     BM25 over title and body
    adding      scores of words of which any is enough
    pruning     the best of these, with MaxScore
    meeting     documents that hold all of some words, and their scores
    plan        how a request's words are combined, and what it matches
    selection   the best few of many
    facets      section counts and date buckets of the matching set
    marks       which characters of a text are the words that match
    snippets    the passages that show the match, as text and ranges
    cursor      a place in the order of hits, to go on from
    page        the hits of a page, in order
    searcher    Searcher: all of that over one generation; LiveSearcher: over the newest one
    completions what a query that is being typed may become
    corrections queries that may have been meant
    explanation why a request finds what it finds
    likeness    the articles most like one
    neighbours  what ran before and after an article in its section
    walk        every hit of a request, one at a time
    results     SearchResults: the answer, as data
    evaluation  how well queries are answered whose answers somebody has judged
    gate        whether a new index answers saved queries as the old one does
    reindexing  ``backfile reindex``, with a gate or without
    commands    ``backfile search`` and ``backfile evaluate``: options and output
"""

from index.article import Article
from search.completions import Suggestion, SuggestionKind
from search.corrections import NearWord
from search.errors import Problem, QueryError, RequestError, SlowSearchError, StaleCursorError
from search.explanation import Explanation, FilterExplained, WordExplained
from search.neighbours import Headline, Neighbours
from search.reading import Clause, read_query
from search.request import FACETS, INTERVALS, MATCHES, MAX_PAGE_SIZE, ORDERS, SearchRequest
from search.results import (
    DateBucket,
    DateFacet,
    Facets,
    FacetValue,
    Hit,
    IndexState,
    SearchResults,
    SectionFacet,
    Snippet,
)
from search.searcher import LiveSearcher, MarkedArticle, Searcher, open_searcher

__all__ = [
    "FACETS",
    "INTERVALS",
    "MATCHES",
    "MAX_PAGE_SIZE",
    "ORDERS",
    "Article",
    "Clause",
    "DateBucket",
    "DateFacet",
    "Explanation",
    "FacetValue",
    "Facets",
    "FilterExplained",
    "Headline",
    "Hit",
    "IndexState",
    "LiveSearcher",
    "MarkedArticle",
    "NearWord",
    "Neighbours",
    "Problem",
    "QueryError",
    "RequestError",
    "SearchRequest",
    "SearchResults",
    "Searcher",
    "SectionFacet",
    "SlowSearchError",
    "Snippet",
    "StaleCursorError",
    "Suggestion",
    "SuggestionKind",
    "WordExplained",
    "open_searcher",
    "read_query",
]

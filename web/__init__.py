"""How a person or a program asks.

One module a step, in the order in which a request meets them:

    config        Config: which index, under which name
    application   create_app: the Flask application
    archive       what is asked of a searcher, and where it is kept
    security      GET and HEAD only, short addresses, headers on every answer
    identifiers   article ids in addresses, whatever characters they hold
    parameters    the query string -> SearchRequest, and back
    addresses     the addresses of a request, and of others like it
    page          the search page and the article page
    api           the JSON of a search
    lookups       the small questions of the API: suggestions, one article, articles like it
    feed          a search as an Atom feed
    exports       every hit as a download
    slots         how many may go on at once, over all processes
    alive         a long answer's signs of life
    descriptions  OpenAPI and OpenSearch
    health        is the process alive, and has it an index?
    metrics       figures for Prometheus
    access_log    a line a request
    observing     what a search found, for the two
    blueprints    what all blueprints for programs have in common
    caching       ETags
    answers       what was answered is sent again
    articles      Article -> the JSON of the API
    openapi       the description of the API
    compression   pages, style, script and long JSON packed by gzip
    site          what every page has in common
    looks         what pages look like, as one digest
    accent        the archive's colour, in shades that can be read
    navigation    where one can go from an answer: sections, order, pages, chips
    timeline      the date facet as a chart that is the date picker
    listing       hits as a page lists them
    nothing       why nothing was found, and the ways on
    examples      the query language by example
    plain_words   what was searched, in a sentence
    wording       counts and dates in plain words
    markup        text and ranges -> HTML: escaped, marked, and cleaned by bleach
    story         an article's own markup, with marks
    envelope      SearchResults -> the JSON of the API
    problems      whatever went wrong -> problem+json, or a page with the same words
    server        the production server: a process a core
    commands      the command ``backfile``

``create_app`` puts it all together. The blueprints (``page.blueprint``, ``api.blueprint`` and so on) can also be
registered on another application, under any prefix; it keeps the archive in ``app.extensions["backfile"]``.
"""

from web.application import create_app
from web.archive import Archive
from web.config import Config

__all__ = ["Archive", "Config", "create_app"]

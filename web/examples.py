"""The query language by example, with the words that somebody has just searched for where there are two of them."""

from dataclasses import dataclass

from search import Clause, SearchRequest
from web.navigation import Link
from web.plain_words import clauses_of

# Instead of words that are missing.
WORDS = ("peace", "talks")


@dataclass(frozen=True, slots=True)
class Example:
    """A query, what it finds, and the address that searches it within the present limits."""

    query: str
    finds: str
    url: str


def examples(request: SearchRequest, link: Link) -> tuple[Example, ...]:
    """Show each thing the query language can do, done to the words of a request."""
    clauses = clauses_of(request.query.strip()) or ()
    words = [one.text for one in clauses if _plain(one)]
    own = tuple(dict.fromkeys(words))
    first, second = (*own, *WORDS[len(own) :])[:2]
    table = (
        (f"{first} {second}", "both words, in any of their forms"),
        (f'"{first} {second}"', "side by side, in this order"),
        (f'"{first} {second}"~5', "near each other, five words between at most"),
        (f"{first} -{second}", "the first word without the second"),
        (f"{first} OR {second}", "either word; parentheses group"),
        (f"title:{first}", "in the headline; also body: byline: section: language:"),
        (f"{first} date:>2020", "from some time on; also date:2020-03 and date:2020-03..2020-05"),
        (f"{first[: max(3, len(first) - 2)]}*", "every word that begins like this"),
        (f"{first}~", "spelt nearly like this"),
        (f"{first}^3 {second}", "the first word counts three times as much"),
    )
    return tuple(Example(query, finds, link(query=query)) for query, finds in table)


def _plain(clause: Clause) -> bool:
    return clause.kind == "word" and not clause.field and not clause.excluded and clause.text.isalnum()

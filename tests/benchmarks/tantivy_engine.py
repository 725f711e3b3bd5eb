"""Tantivy, driven from Python: query objects, fast fields for ids, dates and sections."""

from pathlib import Path
from typing import Any

import tantivy
from tantivy import FieldType, Filter, Occur, TextAnalyzerBuilder, Tokenizer
from tantivy import Query as Clause

from tests.benchmarks.articles import read_articles
from tests.benchmarks.engines import PAGE, Answer
from tests.benchmarks.queries import Kind, Query

HEAP = 128_000_000
"""Bytes for all indexing threads together."""

_SECTIONS = 50
_MONTHS = 10_000
_FACETS = {
    "sections": {"terms": {"field": "section", "size": _SECTIONS}},
    "months": {"terms": {"field": "month", "size": _MONTHS}},
}


class Tantivy:
    """Tantivy with exact totals."""

    counting = True

    def __init__(self) -> None:
        # The filters of en_stem, one by one: a query object wants its words as they are in the index.
        english = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(40)).filter(Filter.lowercase())
        self._analyzer: Any = english.filter(Filter.stemmer("english")).build()
        self._schema: Any = None
        self._searcher: Any = None

    def prepare(self) -> None:
        """Nothing more to import."""

    def build(self, source: Path, folder: Path, workers: int) -> None:
        """Add all articles, commit, and wait for merges; a commit of tantivy's syncs its files."""
        folder.mkdir()
        writer = tantivy.Index(_schema(), path=str(folder)).writer(heap_size=HEAP, num_threads=workers)
        for article in read_articles(source):
            document = tantivy.Document()
            document.add_text("id", article.id)
            if article.id.isdecimal() and str(int(article.id)) == article.id and int(article.id) < 1 << 63:
                document.add_unsigned("number", int(article.id))
            if article.section is not None:
                document.add_text("section", article.section)
            if article.date is not None:
                document.add_date("date", article.date)
                document.add_unsigned("month", article.date.year * 12 + article.date.month - 1)
            document.add_text("text", article.title)
            document.add_text("text", article.body)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()

    def open(self, folder: Path) -> None:
        """Open index and searcher."""
        index = tantivy.Index.open(str(folder))
        self._schema = index.schema
        self._searcher = index.searcher()

    def run(self, query: Query) -> Answer:
        """Answer a query; facets take a second pass, which is all that tantivy's Python API offers."""
        clause = self._clause(query)
        order = {"order_by_field": "date"} if query.kind is Kind.NEWEST else {}
        result = self._searcher.search(clause, limit=PAGE, count=self.counting, **order)
        ids = self._ids([address for _, address in result.hits])
        if query.kind is not Kind.FACETS:
            return Answer(ids, result.count)
        counts = self._searcher.aggregate(clause, _FACETS)
        sections = {bucket["key"]: bucket["doc_count"] for bucket in counts["sections"]["buckets"]}
        months = {_month(bucket["key"]): bucket["doc_count"] for bucket in counts["months"]["buckets"]}
        return Answer(ids, result.count, sections, months)

    def close(self) -> None:
        """Let go of the searcher."""
        self._searcher = None

    def _ids(self, addresses: list[Any]) -> tuple[str, ...]:
        """Read ids from the fast field of numbers; an id that is no number from its stored document."""
        numbers = self._searcher.fast_field_values("number", addresses)
        if None not in numbers:
            return tuple(map(str, numbers))
        return tuple(self._searcher.doc(address).get_first("id") for address in addresses)

    def _clause(self, query: Query) -> Any:
        if query.kind is Kind.PREFIX:
            return Clause.fuzzy_term_query(self._schema, "text", query.words[0], distance=0, prefix=True)
        words = self._analyzer.analyze(" ".join(query.words))
        if query.kind is Kind.PHRASE:
            return Clause.phrase_query(self._schema, "text", words)
        clauses = [Clause.term_query(self._schema, "text", word) for word in words]
        if query.kind is Kind.FILTERED:
            section = Clause.term_query(self._schema, "section", query.section, "basic")
            dates = Clause.range_query(
                self._schema, "date", FieldType.Date, query.start, query.end, include_upper=False
            )
            clauses += [Clause.const_score_query(section, 0.0), Clause.const_score_query(dates, 0.0)]
        if len(clauses) == 1:
            return clauses[0]
        occur = Occur.Should if query.kind is Kind.ANY else Occur.Must
        return Clause.boolean_query([(occur, clause) for clause in clauses])


class TantivyUncounted(Tantivy):
    """Tantivy without totals, where it may skip what cannot be among the best."""

    counting = False


def _schema() -> Any:
    schema = tantivy.SchemaBuilder()
    schema.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    schema.add_unsigned_field("number", fast=True)
    schema.add_text_field("section", stored=True, fast=True, tokenizer_name="raw", index_option="basic")
    schema.add_date_field("date", stored=True, indexed=False, fast=True)
    schema.add_unsigned_field("month", fast=True)
    # Title and body are the two values of one field: as two fields a query of several words takes twice the time.
    schema.add_text_field("text", stored=True, tokenizer_name="en_stem")
    return schema.build()


def _month(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"

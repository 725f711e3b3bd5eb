"""An archive for the tests of the web: invented news, and a searcher over it that is too simple to be wrong.

It has the interface of ``search.LiveSearcher`` and answers with the same values, but knows no grammar: every word of a
query has to be in the article, as the beginning of a word. Of corrections it knows one, *brigde* to *bridge*.
"""

import calendar
import datetime
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from index.errors import MissingIndexError
from search import (
    Article,
    DateBucket,
    DateFacet,
    Explanation,
    Facets,
    FacetValue,
    FilterExplained,
    Headline,
    Hit,
    IndexState,
    MarkedArticle,
    NearWord,
    Neighbours,
    Problem,
    QueryError,
    SearchRequest,
    SearchResults,
    SectionFacet,
    Snippet,
    StaleCursorError,
    Suggestion,
    WordExplained,
)

UPDATED = datetime.datetime(2021, 12, 31, 8, 0, tzinfo=datetime.UTC)

_WORD = re.compile(r"\w+")


def _at(text: str) -> datetime.date:
    return datetime.datetime.fromisoformat(text) if "T" in text else datetime.date.fromisoformat(text)


def _story(number: int, when: str, section: str, title: str, body: str, **more: object) -> Article:
    facts: dict[str, object] = {"language": "en", "byline": None, **more}
    return Article(id=f"{when[:4]}/{number:03}.txt", title=title, body=body, section=section, date=_at(when), **facts)  # type: ignore[arg-type]


NEWS: tuple[Article, ...] = (
    _story(
        1,
        "2019-03-04T07:10",
        "City",
        "Council votes for a second bridge over the Aldra",
        "After nine hours of debate the city council voted by 31 to 28 last night for a second bridge over the Aldra, "
        "between the old customs house and the northern shipyard.\n\nThe bridge is to carry trams, bicycles and "
        "pedestrians, but no cars. “A city that is divided by its river has to be sewn together more than once,” said "
        "Mayor Ilse Brandvold.\n\nOpponents announced that they would take the decision to court. The first bridge, "
        "built in 1911, is closed to lorries since last autumn because of cracks in its eastern pier.",
        byline="Henrik Solvang",
        comments=48,
        photo_credit="Marta Lindqvist",
        source="The Aldra Courier",
        url="https://www.example.org/2019/03/second-bridge",
    ),
    _story(
        2,
        "2019-05-21T16:40",
        "Business",
        "Three consortia bid for the Aldra bridge",
        "Three consortia have handed in bids for the new bridge, the port authority said. The lowest is reported to be "
        "nearly a fifth below the estimate of 340 million.\n\nEngineers warned that prices for steel could rise again "
        "before the contract is signed in September.",
        byline="Anneke Vos",
    ),
    _story(
        3,
        "2019-09-12T11:05",
        "Business",
        "Bridge contract goes to the shipyard next door",
        "The contract for the second bridge goes to the consortium around the northern shipyard, which has not built a "
        "bridge for forty years. Its director spoke of “a homecoming of heavy work to the river”.",
        byline="Anneke Vos",
        comments=12,
    ),
    _story(
        4,
        "2019-10-02",
        "Culture",
        "The poet who counted bridges",
        "In the winter of 1926 the poet Torvald Eide crossed every bridge of the country on foot, 412 of them, and "
        "wrote a line for each. The city library now shows the notebooks for the first time.",
        byline="Clara Whitcombe",
    ),
    _story(
        5,
        "2020-01-15T09:30",
        "City",
        "First piles driven for the new bridge",
        "At half past nine this morning the first of 96 piles for the new bridge was driven into the bed of the Aldra. "
        "School classes had been given the day off to watch.",
        byline="Henrik Solvang",
        photo_credit="Jonas Ek",
    ),
    _story(
        6,
        "2020-02-18T19:02",
        "Weather",
        "Storm surge floods the quays",
        "A storm surge pushed the river over its banks on Tuesday evening. Work on the bridge stopped for two days; a "
        "floating crane broke loose and was caught by tugs half a mile downstream.",
    ),
    _story(
        7,
        "2020-03-20T13:45",
        "City",
        "Bridge builders sent home",
        "The site of the second bridge fell silent on Friday. All 240 workers were sent home for the time being.",
        byline="Henrik Solvang",
    ),
    _story(
        8,
        "2020-06-09T08:15",
        "City",
        "Work on the bridge resumes, with half the crew",
        "Eleven weeks after it was closed the site of the bridge opened again on Tuesday. The opening is put off by at "
        "least half a year.",
        byline="Henrik Solvang",
    ),
    _story(
        9,
        "2020-07-27T17:20",
        "Science",
        "What the river bed tells: a ship under the bridge",
        "Divers who inspected the piers of the old bridge have found the hull of a merchant ship from the fourteenth "
        "century. Tree rings date its oak to 1342, archaeologist Noor Haddad said.\n\nThe cargo, mostly millstones and "
        "salted herring, lay undisturbed under three metres of mud.",
        byline="Samuel Okafor",
        comments=31,
        url="https://www.example.org/2020/07/ship",
    ),
    _story(
        10,
        "2020-08-30T15:00",
        "Sport",
        "Swimmers race from bridge to bridge",
        "For the first time since 1988 swimmers were allowed to race in the Aldra, from the old bridge to the piers of "
        "the new one. Seventeen-year-old Leyla Demir won in 24 minutes and 8 seconds.",
        byline="Piet Maas",
    ),
    _story(
        11,
        "2020-11-11T10:10",
        "World",
        "Peace talks begin in a railway carriage",
        "Delegations of both sides met in a railway carriage on the border bridge at Kesh, the only place on which "
        "they had been able to agree. The talks are to go on for at least a week.",
        byline="Ruth Adeyemi",
        comments=105,
    ),
    _story(
        12,
        "2020-11-19T22:35",
        "World",
        "Talks at Kesh end with a handshake and no paper",
        "After eight days the peace talks on the bridge at Kesh ended on Thursday night without a signature. Both "
        "sides spoke of progress, and of the cold.",
        byline="Ruth Adeyemi",
    ),
    _story(
        13,
        "2021-01-18T16:26",
        "CIS countries",
        "No reason to hinder contacts across the pass, minister says",
        "Nobody has a reason to hinder contacts between families on both sides of the pass, the foreign minister said "
        "on Monday. The bridge below it is to open for pedestrians in spring.",
        comments=22,
        photo_credit="Sergey Lantyukhov",
    ),
    _story(
        14,
        "2021-02-03T12:00",
        "Business",
        "Steel for the bridge now costs twice the estimate",
        "The price of steel has doubled within a year. The consortium that builds the bridge asks the city for another "
        "60 million; the city points to the contract.",
        byline="Anneke Vos",
        comments=67,
    ),
    _story(
        15,
        "2021-03-09T18:25",
        "City",
        "Court rejects the last suit against the bridge",
        "The administrative court rejected the last suit against the second bridge. Noise, the judges said, is to be "
        "expected in a city.",
        byline="Henrik Solvang",
    ),
    _story(
        16,
        "2021-04-22T06:50",
        "Science",
        "Why the old bridge hums",
        "On still nights the old bridge hums at 37 hertz. Physicists have now explained it: the wind at two knots "
        "sheds its vortices just as fast as the handrails swing.",
        byline="Samuel Okafor",
    ),
    _story(
        17,
        "2021-05-30T14:30",
        "City",
        "The arch is closed",
        "At 2.30 p.m. the last segment of the arch was lowered into place. For eleven minutes the bridge was two "
        "millimetres too short; then the sun came out.",
        byline="Henrik Solvang",
        photo_credit="Marta Lindqvist",
        comments=83,
    ),
    _story(
        18,
        "2021-06-17T20:15",
        "Culture",
        "An opera in the belly of the bridge",
        "The hollow pier of the unfinished bridge becomes a stage: on Midsummer Eve the City Opera plays “Orpheus” to "
        "ninety listeners in rubber boots.",
        byline="Clara Whitcombe",
    ),
    _story(
        19,
        "2021-08-02T09:00",
        "Politik",
        "Eine Brücke, die keiner wollte und alle benutzen",
        "Ein Besuch auf der Baustelle in Aldrahavn: Was die Stadt über den Bau ihrer zweiten Brücke gelernt hat "
        "(bridge heißt auf der Baustelle alles, was länger ist als ein Brett).",
        byline="Jürgen Ößterhaus",
        language="de",
    ),
    _story(
        20,
        "2021-08-14T11:30",
        "СНГ",
        "Мост через перевал откроют весной",
        "Пешеходный мост через перевал откроют весной, сообщил министр. Его называют коротко: bridge.",
        byline="Анна Ковалёва",
        language="ru",
    ),
    _story(
        21,
        "2021-09-05T08:00",
        "العالم",
        "جسر جديد يربط ضفتي النهر",
        "أعلنت بلدية المدينة أن الجسر الجديد (bridge) سيفتح أمام المشاة في الخريف، بعد عامين من العمل.\n\nوقال المهندس "
        "المسؤول إن الجسر سيحمل الترام والدراجات.",
        byline="ليلى منصور",
        language="ar",
    ),
    _story(
        22,
        "2021-10-01T10:00",
        "City",
        "Trams cross the Aldra: the second bridge is open",
        "With a tram full of its builders the second bridge over the Aldra opened on Friday, fourteen months late and "
        "91 million dearer than planned. Sixty thousand people walked across it before the evening.\n\nMayor Ilse "
        "Brandvold, who leaves office in December, crossed it last, and on foot.",
        byline="Henrik Solvang",
        comments=214,
        photo_credit="Jonas Ek",
        source="The Aldra Courier",
        url="https://www.example.org/2021/10/open",
    ),
    _story(
        23,
        "2021-10-02T07:45",
        "Sport",
        "Marathon moves to the new bridge",
        "The marathon in May will cross the new bridge twice, the organisers said, the second "
        "time after 38 kilometres.",
        byline="Piet Maas",
    ),
    _story(
        24,
        "2021-11-23T19:30",
        "City",
        "",
        "Short note from the night desk: the bridge was closed to bicycles between four and six because of black ice.",
    ),
    Article(
        id="notes/undated.txt",
        title="What a bridge keeper earned in 1911",
        body="From the ledgers of the port: a bridge keeper earned 62 a month, coal and a coat included.",
        section="Culture",
        language="en",
    ),
)

HOSTILE = Article(
    id='evil/"><img src=x onerror=alert(1)>&amp;?q=#%2F',
    title="<script>alert('title')</script>\x00 & \u202ereversed \"bridge\"",
    body="</p><style>*{display:none}</style><img src=x onerror=alert(1)> bridge\x00\x0b\ufffe <mark>not ours</mark>\n\n"
    "{{ 7 * 7 }} {% raw %} <!-- bridge --> ]]> &lt;b&gt; \u2066\u202e bridge",
    section='"><svg onload=alert(1)>',
    byline="<b onmouseover=alert(1)>O'Neill</b>\u202e",
    date=datetime.datetime(2021, 12, 1, 12, 0),
    language="en",
    url="javascript:alert(document.domain)",
    source="<iframe src=//evil.example>",
    photo_credit="'\"><script>1</script>",
    comments=3,
)


@dataclass
class FakeArchive:
    """An archive over a list of articles. What is put into ``error``, ``match`` and so on comes out of every search."""

    articles: Sequence[Article] = NEWS
    error: Exception | None = None
    missing: bool = False
    changes: dict[str, object] = field(default_factory=dict)
    requests: list[SearchRequest] = field(default_factory=list)

    def current(self) -> "FakeArchive":
        """Return itself: this archive has one generation."""
        if self.missing:
            raise MissingIndexError("there is no index in /srv/secret/backfile-index; run backfile index")
        return self

    @property
    def state(self) -> IndexState:
        """Return the state of this archive, which is always the same."""
        return IndexState(generation=7, articles=len(self.articles), updated=UPDATED)

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone of this archive: an hour before UTC in winter, two in summer."""
        return ZoneInfo("Europe/Berlin")

    def search(self, request: SearchRequest) -> SearchResults:
        """Answer by looking at every article."""
        self.requests.append(request)
        if self.error:
            raise self.error
        if len(request.query) > 512:
            raise QueryError(Problem("query", f"{len(request.query)} characters are more than the 512 allowed"))
        if request.query.count('"') % 2:
            place = request.query.rindex('"')
            raise QueryError(Problem("query", "this quotation mark is never closed", place, len(request.query)))
        if request.cursor == "stale":
            raise StaleCursorError(Problem("cursor", "the index has moved on since; start again from the first page"))
        words = _WORD.findall(request.query.casefold())
        found = [(article, _score(article, words)) for article in self.articles]
        matching = [(article, score) for article, score in found if score and _in_languages(article, request)]
        in_dates = [pair for pair in matching if _in_dates(pair[0], request)]
        hits = [pair for pair in in_dates if _in_sections(pair[0], request)]
        _sort(hits, request.order_by)
        start = (request.page - 1) * request.page_size
        shown = hits[start : start + request.page_size]
        results = SearchResults(
            request=request,
            match="any" if request.match == "any" else "all",
            min_words=None,
            warnings=(),
            suggestions=(request.query.replace("brigde", "bridge"),) if "brigde" in request.query else (),
            total=len(hits),
            hits=tuple(_hit(article, score, words) for article, score in shown),
            facets=Facets(
                section=_sections(request, [article for article, _ in in_dates]),
                date=self._dates(request, [article for article, _ in matching if _in_sections(article, request)]),
            ),
            next_cursor="more" if start + request.page_size < len(hits) else None,
            took_ms=0.8125,
            index=self.state,
        )
        return replace(results, **self.changes)  # type: ignore[arg-type]  # fields by name

    def article(self, identifier: str) -> Article | None:
        """Return the article of this id."""
        return next((article for article in self.articles if article.id == identifier), None)

    def marked(self, article: Article, query: str) -> MarkedArticle:
        """Return the article with every word of the query marked."""
        words = _WORD.findall(query.casefold())
        paragraphs = tuple(_marked(text, words) for text in article.body.split("\n\n"))
        return MarkedArticle(_marked(article.title, words), paragraphs)

    def suggest(self, text: str, limit: int = 10) -> tuple[Suggestion, ...]:
        """Complete the text with a word that is in most articles, a section, and titles that hold it."""
        last = text.split()[-1:]
        if not last:
            return ()
        head = text[: len(text) - len(last[0])]
        found = [Suggestion("word", "bridge", head + "bridge", 24)] if "bridge".startswith(last[0].casefold()) else []
        names = Counter(article.section for article in self.articles if article.section)
        found += [
            Suggestion("section", name, f'{head}section:"{name}"', count)
            for name, count in names.items()
            if name.casefold().startswith(last[0].casefold())
        ]
        titles = [article for article in self.articles if text.casefold() in article.title.casefold()]
        found += [Suggestion("title", article.title, None, 1, article.id) for article in titles]
        return tuple(found[:limit])

    def similar(self, identifier: str, size: int = 10) -> tuple[Hit, ...]:
        """Return the other articles of the same section."""
        article = self.article(identifier)
        others = [one for one in self.articles if article and one.section == article.section and one is not article]
        return tuple(_hit(one, 1.0, []) for one in others[:size])

    def neighbours(self, identifier: str) -> Neighbours:
        """Return the articles of the same section next to one in the list."""
        article = self.article(identifier)
        line = [one for one in self.articles if article and one.section == article.section and one.date]
        if article is None or article not in line:
            return Neighbours(None, None)
        at = line.index(article)
        around = [Headline(one.id, one.title, one.section, one.date, one.language) for one in line]
        return Neighbours(around[at - 1] if at else None, around[at + 1] if at + 1 < len(around) else None)

    def explain(self, request: SearchRequest) -> Explanation:
        """Count each word by itself, and what each filter takes away."""
        words = []
        for word in _WORD.finditer(request.query):
            count = self.search(SearchRequest(query=word[0])).total
            near = () if count else (NearWord("bridge", 2, 24),)
            rest = " ".join(other[0] for other in _WORD.finditer(request.query) if other.span() != word.span())
            without = self.search(replace(request, query=rest)).total if rest else None
            words.append(WordExplained(word[0], *word.span(), "word", False, count, near, rest or None, without))
        bare = SearchRequest(query=request.query)
        filters = []
        if request.sections:
            filters.append(
                FilterExplained("sections", request.sections, self.search(replace(request, sections=())).total)
            )
        if request.from_date or request.to_date:
            days = tuple(str(date or "") for date in (request.from_date, request.to_date))
            without = self.search(replace(request, from_date=None, to_date=None)).total
            filters.append(FilterExplained("dates", days, without))
        any_word = max((word.articles for word in words), default=0) if len(words) > 1 else None
        return Explanation(self.search(request).total, self.search(bare).total, any_word, tuple(words), tuple(filters))

    def every(self, request: SearchRequest) -> Iterator[Article]:
        """Yield the articles of every hit."""
        found = self.search(replace(request, page=1, cursor=None))
        everything: list[Hit] = []
        for page in range(1, -(-found.total // 100) + 1):
            everything += self.search(replace(request, page=page, page_size=100, cursor=None)).hits
        return (article for hit in everything for article in self.articles if article.id == hit.id)

    def _dates(self, request: SearchRequest, matching: list[Article]) -> DateFacet | None:
        if "date" not in request.facets:
            return None
        held = [day for article in self.articles if (day := _day(article))]
        days = [day for article in matching if (day := _day(article))]
        first = request.from_date or min(held, default=None)
        last = request.to_date or max(held, default=None)
        buckets = []
        if first and last:
            month = (first.year, first.month)
            while month <= (last.year, last.month):
                length = calendar.monthrange(*month)[1]
                start = max(first, datetime.date(*month, 1))
                end = min(last, datetime.date(*month, length))
                count = sum(start <= day <= end for day in days)
                buckets.append(DateBucket(start, end, count, sum(start <= day <= end for day in held)))
                month = (month[0], month[1] + 1) if month[1] < 12 else (month[0] + 1, 1)
        return DateFacet(
            interval="month",
            before=sum(day < request.from_date for day in days) if request.from_date else 0,
            after=sum(day > request.to_date for day in days) if request.to_date else 0,
            undated=len(matching) - len(days),
            buckets=tuple(buckets),
        )


def _day(article: Article) -> datetime.date | None:
    return article.date.date() if isinstance(article.date, datetime.datetime) else article.date


def _score(article: Article, words: list[str]) -> float:
    text = _WORD.findall(f"{article.title} {article.title} {article.body}".casefold())
    counts = [sum(one.startswith(word) for one in text) for word in words]
    if not words:
        return 1.0
    return float(sum(counts)) if all(counts) else 0.0


def _in_sections(article: Article, request: SearchRequest) -> bool:
    name = (article.section or "").casefold()
    wanted = [section.casefold() for section in request.sections]
    return (not wanted or name in wanted) and name not in [section.casefold() for section in request.excluded_sections]


def _in_languages(article: Article, request: SearchRequest) -> bool:
    return not request.languages or article.language in request.languages


def _in_dates(article: Article, request: SearchRequest) -> bool:
    if not request.from_date and not request.to_date:
        return True
    day = _day(article)
    return day is not None and (request.from_date or day) <= day <= (request.to_date or day)


def _sort(hits: list[tuple[Article, float]], order: str) -> None:
    hits.sort(key=lambda hit: hit[0].id)
    hits.sort(key=lambda hit: _day(hit[0]) or datetime.date.min, reverse=order != "oldest")
    hits.sort(key=lambda hit: hit[0].date is None)
    if order == "relevance":
        hits.sort(key=lambda hit: -hit[1])


def _ranges(text: str, words: list[str]) -> tuple[tuple[int, int], ...]:
    return tuple(
        word.span() for word in _WORD.finditer(text) if any(word[0].casefold().startswith(one) for one in words)
    )


def _marked(text: str, words: list[str]) -> Snippet:
    return Snippet(text, _ranges(text, words))


def _hit(article: Article, score: float, words: list[str]) -> Hit:
    paragraphs = article.body.split("\n\n")
    best = [one for one in paragraphs if _ranges(one, words)][:2] or paragraphs[:1]
    return Hit(
        id=article.id,
        url=article.url,
        title=article.title,
        section=article.section,
        date=article.date,
        language=article.language,
        byline=article.byline,
        score=score,
        marked_title=_marked(article.title, words),
        snippets=tuple(_cut(one, words) for one in best),
    )


def _cut(text: str, words: list[str]) -> Snippet:
    end = len(text) if len(text) <= 240 else text.rindex(" ", 0, 240)
    return replace(_marked(text[:end], words), cut_after=end < len(text))


def _sections(request: SearchRequest, articles: Iterable[Article]) -> SectionFacet | None:
    if "section" not in request.facets:
        return None
    counts = Counter(article.section for article in articles if article.section)
    chosen = {name.casefold() for name in request.sections}
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return SectionFacet(tuple(FacetValue(name, count, name.casefold() in chosen) for name, count in ranked), 0)

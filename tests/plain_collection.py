"""A generation seen plainly: all its documents numbered through, postings read one at a time."""

from index.quantise import BODY_TIMES, TITLE_MOST
from index.segment import Segment
from search.collection import Collection


class PlainCollection:
    """As much of a collection as the plain executor asks for, with nothing vectorised that could be wrong twice."""

    def __init__(self, collection: Collection) -> None:
        self.full = collection
        self.segments: tuple[Segment, ...] = collection.segments
        self.bases = [0]
        for segment in self.segments:
            self.bases.append(self.bases[-1] + segment.size)
        self.live = [bool(alive) for segment in self.segments for alive in segment.live]
        self.stamps = [int(stamp) for segment in self.segments for stamp in segment.stamps]
        self.ids = [identifier for segment in self.segments for identifier in segment.ids]
        self.sections = [name for segment in self.segments for name in segment.sections]
        self.languages = [tag for segment in self.segments for tag in segment.languages]
        self.count = sum(self.live)
        self.title_weight = collection.title_weight
        self.lengths = {
            field: [float(length) for segment in self.segments for length in segment.lengths(field)]
            for field in ("text", "title", "body")
        }
        self.means = {
            field: sum(length for length, alive in zip(lengths, self.live, strict=True) if alive) / max(self.count, 1)
            for field, lengths in self.lengths.items()
        }

    def positions(self, field: str, stem: str) -> dict[int, list[int]]:
        """Return document -> positions of a stem in title, body or byline, live documents only."""
        return {
            base + doc: places
            for base, segment in zip(self.bases, self.segments, strict=False)
            for doc, places in segment.positions(field, stem)
        }


def quantised(field: str, times: int) -> float:
    """Return what a number of occurrences of one stem counts as."""
    if field == "title":
        return float(min(times, TITLE_MOST))
    return float(min(BODY_TIMES.tolist(), key=lambda level: (abs(level - times), level)))

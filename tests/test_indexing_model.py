"""Runs of every kind, in any order, against a model of sources and index that is a handful of dictionaries."""

import os
import shutil
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from index.changed import Changes, IndexState, WidenedError
from index.errors import BackfileError, SourceError, VanishingError
from index.generation import damage, generations, mark_name, newest, open_generation
from index.indexing import Report, delete, index
from index.merging import MAX_SEGMENTS
from index.reindexing import rebuild
from tests.archives import entries_in, quick_folder, titles_in

IDS = st.sampled_from("abcdefgh")
TITLES = st.sampled_from(["one", "two"])
SOURCES = st.sampled_from(["A", "B"])
FILES = st.sampled_from(["1.jsonl", "2.jsonl"])


@dataclass(frozen=True)
class Line:
    """A line of a file: an article, or one whose title is a number, or no JSON at all."""

    id: str | None
    title: str | None

    def __str__(self) -> str:
        if self.id is None:
            return "broken"
        return f'{{"id": "{self.id}", "title": {5 if self.title is None else chr(34) + self.title + chr(34)}}}'


LINES = st.lists(
    st.one_of(
        st.builds(Line, IDS, TITLES),
        st.builds(Line, IDS, TITLES),
        st.builds(Line, IDS, st.just(None)),
        st.just(Line(None, None)),
    ),
    max_size=6,
)


@dataclass(frozen=True)
class Known:
    """What the model knows of an article in the index."""

    title: str
    source: str
    file: str


class Archive(RuleBasedStateMachine):
    """Two folders of files that change, and an index that is brought in step with them now and then."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        top = self._stack.enter_context(quick_folder())
        self.folder = top / "index"
        self.top = top
        self.files: dict[str, dict[str, tuple[list[Line], bool]]] = {}
        self.index: dict[str, Known] = {}
        self.deleted: set[str] = set()
        self.number = 0
        self.clock = 10**18
        self.followed: tuple[str, ...] = ()
        self.since: IndexState | None = None
        self.news: set[str] = set()
        self.keeping: dict[str, bool] = {}

    def teardown(self) -> None:
        """Remove all of it."""
        self._stack.close()

    @initialize(lines=st.lists(st.builds(Line, IDS, TITLES), min_size=3, max_size=8))
    def begin(self, lines: list[Line]) -> None:
        """Start with something in both sources, and an index of it."""
        self.write("A", "1.jsonl", lines, False)
        self.write("B", "1.jsonl", [Line("z", "last")], False)
        self.run(["A", "B"], {})

    @rule(source=SOURCES, file=FILES, lines=LINES, cut=st.sampled_from([False, False, False, True]), old=st.booleans())
    def write(self, source: str, file: str, lines: list[Line], cut: bool, old: bool = False) -> None:
        """Write a file anew; one that is cut ends within a line, the time of one that is old is believed."""
        path = self.top / source / file
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines) + '{"id": "a' * cut)
        if old:
            self.clock += 1
            os.utime(path, ns=(self.clock, self.clock))
        self.files.setdefault(source, {})[file] = (lines, cut)
        self.news.add(str(path))

    @rule(source=SOURCES, file=FILES)
    def touch(self, source: str, file: str) -> None:
        """Give a file another time, if it is there, and leave its bytes as they are."""
        if file in self.files.get(source, {}):
            self.clock += 1
            os.utime(self.top / source / file, ns=(self.clock, self.clock))
            self.news.add(str(self.top / source / file))

    @rule(source=SOURCES, file=FILES)
    def remove_file(self, source: str, file: str) -> None:
        """Take a file away, if it is there."""
        if self.files.get(source, {}).pop(file, None):
            (self.top / source / file).unlink()
            self.news.add(str(self.top / source / file))

    @rule(source=SOURCES)
    def remove_source(self, source: str) -> None:
        """Take a source away, if it is there."""
        if self.files.pop(source, None) is not None:
            shutil.rmtree(self.top / source)
            self.news.add(str(self.top / source))

    @precondition(lambda self: self.since)
    @rule(options=st.fixed_dictionaries({}, optional={"allow_deletes": st.just(True)}))
    def follow(self, options: dict[str, Any]) -> None:
        """Look at what has changed alone, unless that is given up: the index comes to what it would have otherwise.

        Whether what is missing is kept is as in the run before: one command says so, for all that it does.
        """
        assert self.since is not None
        options = {**options, **self.keeping}
        before, expected = dict(self.index), self.model_run(self.followed, options)
        paths, changes = [str(self.top / name) for name in self.followed], Changes(frozenset(self.news), self.since)
        outcome: Report | Exception
        try:
            outcome = index(self.folder, paths, changes=changes, **options)
        except (WidenedError, BackfileError) as error:
            outcome = error
        event(f"followed: {type(outcome).__name__}")
        if not isinstance(outcome, Report):
            self.index, self.since = before, None
            assert isinstance(outcome, WidenedError) or type(outcome) is expected
            return
        assert isinstance(expected, Counter)
        done, names = counted(outcome), ("added", "updated", "deleted")
        assert [done[name] for name in names] == [expected[name] for name in names]
        self.number += any(expected[name] for name in names)
        self.remember(self.followed, outcome)

    def remember(self, names: Sequence[str], report: Report) -> None:
        """Note what a run left, for one that looks at what has changed since."""
        self.followed, self.news = tuple(names), set()
        self.since = None if report.failures else IndexState.of(self.folder)

    @rule(
        names=st.lists(SOURCES, min_size=1, max_size=2, unique=True),
        options=st.fixed_dictionaries(
            {},
            optional={
                "allow_deletes": st.just(True),
                "keep_missing": st.just(True),
                "afresh": st.just(True),
                "dry_run": st.just(True),
            },
        ),
    )
    def run(self, names: list[str], options: dict[str, Any]) -> None:
        """Bring the index in step, and compare the report with the model's."""
        before = (dict(self.index), self.number)
        expected = self.model_run(names, options)
        paths = [str(self.top / name) for name in names]
        if isinstance(expected, type):
            self.index = before[0]
            with pytest.raises(expected):
                index(self.folder, paths, **options)
            return
        report = index(self.folder, paths, **options)
        assert counted(report) == expected
        assert report.read == report.added + report.updated + report.unchanged + report.rejected + report.duplicates
        if options.get("dry_run"):
            self.index = before[0]
            return
        changed = expected["added"] + expected["updated"] + expected["deleted"] > 0
        self.number += changed or options.get("afresh", False) or not self.number
        self.keeping = {name: value for name, value in options.items() if name == "keep_missing"}
        self.remember(names, report)

    def model_run(self, names: Sequence[str], options: dict[str, bool]) -> Counter[str] | type[Exception]:
        """Do to the model what a run does to the index."""
        count: Counter[str] = Counter()
        seen: set[str] = set()
        unread_ids: set[str] = set()
        unread_files: set[tuple[str, str]] = set()
        incomplete = {name for name in names if name not in self.files}
        was = dict(self.index)
        if len(incomplete) == len(names):
            return SourceError
        for source in names:
            for file, (lines, cut) in sorted(self.files.get(source, {}).items()):
                for line in lines:
                    if line.id is None or line.title is None:
                        count["rejected"] += 1
                        if line.id is None:
                            unread_files.add((source, file))
                        else:
                            unread_ids.add(line.id)
                    elif line.id in seen:
                        count["duplicates"] += 1
                    else:
                        seen.add(line.id)
                        if line.id in self.deleted:
                            count["unchanged"] += 1
                            continue
                        old = was.get(line.id)
                        count["added" if old is None else "unchanged" if old.title == line.title else "updated"] += 1
                        self.index[line.id] = Known(line.title, source, file)
                if cut:
                    count["rejected"] += 1
                    incomplete.add(source)
        for source in names:
            if source in incomplete or options.get("keep_missing"):
                continue
            held = {identifier: known for identifier, known in was.items() if known.source == source}
            gone = [
                identifier
                for identifier, known in held.items()
                if identifier not in seen | unread_ids and (source, known.file) not in unread_files
            ]
            if len(gone) * 2 > len(held) and not options.get("allow_deletes"):
                return VanishingError
            for identifier in gone:
                del self.index[identifier]
            count["deleted"] += len(gone)
        return count

    @rule()
    def rebuild(self) -> None:
        """Build the index afresh from what is stored."""
        assert rebuild(self.folder).articles == len(self.index)
        self.number += 1

    @rule(identifiers=st.lists(IDS, min_size=1, max_size=2, unique=True))
    def delete(self, identifiers: list[str]) -> None:
        """Take articles out for good."""
        known = {identifier for identifier in identifiers if identifier in self.index}
        assert set(delete(self.folder, identifiers)) == set(identifiers) - known
        for identifier in known:
            del self.index[identifier]
        self.deleted |= known
        self.number += bool(known)

    @precondition(lambda self: self.deleted)
    @rule(data=st.data())
    def undo(self, data: Any) -> None:
        """Let an article in again."""
        identifier = data.draw(st.sampled_from(sorted(self.deleted)))
        assert delete(self.folder, [identifier], undo=True) == []
        self.deleted.remove(identifier)

    @invariant()
    def agrees(self) -> None:
        """The index holds the model's articles, the account their sources, and the folder nothing else."""
        if not self.number:
            return
        assert titles_in(self.folder) == {identifier: known.title for identifier, known in self.index.items()}
        assert {identifier: (entry.source, entry.file) for identifier, entry in entries_in(self.folder).items()} == {
            identifier: (str(self.top / known.source), known.file) for identifier, known in self.index.items()
        }
        generation = open_generation(self.folder)
        assert generation.number == self.number
        assert len(generation.segments) <= MAX_SEGMENTS
        assert damage(generation) == []
        assert generations(self.folder) == [number for number in (self.number - 1, self.number) if number]
        assert left_over(self.folder) == set()


def counted(report: Report) -> Counter[str]:
    """Give the counts of a report."""
    names = ("added", "updated", "unchanged", "rejected", "duplicates", "deleted")
    return Counter({name: getattr(report, name) for name in names if getattr(report, name)})


def left_over(folder: Path) -> set[str]:
    """Give the files in an index folder that no generation there needs."""
    needed = {"account.sqlite", mark_name(newest(folder))}
    for number in generations(folder):
        generation = open_generation(folder, number)
        needed |= {f"_MAIN_{number}.toc", *(entry.name for entry in generation.manifest.files())}
    return {path.name for path in folder.iterdir()} - needed


def check(examples: int, steps: int) -> None:
    """Run the machine."""
    run_state_machine_as_test(
        Archive,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )


def test_any_runs_in_any_order_end_where_the_model_does() -> None:
    """Whatever sources hold, whatever is run on them, index, account, report and folder are as the rules have it."""
    check(12, 12)


@pytest.mark.long
def test_any_runs_in_any_order_for_longer() -> None:
    """The same with more and longer runs."""
    check(400, 40)

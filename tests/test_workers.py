"""Workers: whatever is asked of a run, it comes out the same however many processes share it, or not at all."""

import gzip
import io
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle
from multiprocessing import Pipe
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from index import Article, indexing, open_writer
from index.account import Account
from index.article import check
from index.articles import as_columns
from index.codec import ArraySegment
from index.errors import BackfileError, StorageError, WorkerError
from index.generation import newest, open_generation
from index.hired import Hired
from index.indexing import Report
from index.manifest import IndexSettings
from index.outbox import Outbox
from index.reindexing import rebuild
from index.segment_process import SegmentProcess
from index.segment_writer import SegmentWriter
from index.sources import compression
from index.sources.jsonl import Lines
from index.stored import Packing
from index.word_process import WordTask
from index.worker import Met, Task, Worker
from index.workers import Workers
from index.writer import Writer
from search import SearchRequest, open_searcher
from tests.archives import articles_in, bytes_in, entries_in, events_in, good, lines_of, write_lines

WORDS = ["harbour", "bridge", "ferry", "council", "vote", "river", "salmon", "night", "crossing", "strike", "strikes"]
QUERIES = ("harbour bridge", '"night crossing"', "salmon -river", "title:vote", "strik*", "brigde~", "section:b vote")


@pytest.fixture(autouse=True)
def _many_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make small sources worth workers, and cut them up."""
    monkeypatch.setattr("index.reading.WORTH_SHARING", 0)
    monkeypatch.setattr(compression, "BLOCK", 700)
    monkeypatch.setattr("index.workers.JOB", 600)
    monkeypatch.setattr("index.carrying.PART", 700)


def records(seed: int, count: int) -> list[dict[str, Any]]:
    """Give articles with what a source is full of: ids that come again, what is rejected, what is warned of."""
    draw = random.Random(seed)
    made: list[dict[str, Any]] = []
    for _ in range(count):
        record: dict[str, Any] = {"id": f"n{draw.randrange(count)}", "title": " ".join(draw.choices(WORDS, k=4))}
        record["body"] = " ".join(draw.choices(WORDS, k=draw.randrange(30)))
        record["date"] = draw.choice(["2021-01-18", "2022-02-03T10:00:00+02:00", None, "someday"])
        record["section"] = draw.choice(["A", "B", None])
        record |= draw.choice([{}, {}, {}, {"language": "de"}, {"language": "not one"}, {"title": 5}, {"id": ""}])
        made.append(record)
    return made


def change(top: Path, seed: int) -> None:
    """Write sources anew: lines, compressed lines, wire texts, some of them cut, broken or of no format."""
    write_lines(top / "a.jsonl", *records(seed, 60))
    whole = gzip.compress(lines_of(records(seed + 1, 60)))
    (top / "b.jsonl.gz").write_bytes(whole[: -20 if seed % 2 else None])
    (top / "c.jsonl").write_bytes(lines_of(records(seed + 2, 20)) + b'{"id": "cut", "ti')
    (top / "d.jsonl").write_bytes(b"not json\n\n[]\n" + b"x" * 2_000 + b"\n" + lines_of(records(seed + 3, 10)))
    (top / "e.pdf").write_bytes(b"%PDF")
    for number in range(seed % 3, 12):
        (top / f"w{number}.txt").write_text(
            f"News\n\nHarbour bridge {number}\n\n16:26, 18 January 2021\n\nText {seed}."
        )


def all_of(folder: Path) -> tuple[Any, ...]:
    """Give all that can be asked of an index and of its account."""
    with open_searcher(folder) as searcher:
        answers = [
            [(hit.id, hit.score, hit.language) for hit in found.hits] + [found.total, found.facets]
            for found in (searcher.search(SearchRequest(query=query, page_size=50)) for query in QUERIES)
        ]
    return newest(folder), articles_in(folder), entries_in(folder), events_in(folder), answers


def told(report: Report) -> dict[str, Any]:
    """Give a report without the time."""
    return {name: value for name, value in report.as_json().items() if name != "seconds"}


def life(folder: Path, top: Path, workers: int) -> list[Any]:
    """Lead the life of an index: made, changed, rid of articles, built afresh. Returns what was seen of it."""
    top.mkdir(exist_ok=True)
    for path in top.iterdir():
        path.unlink()
    seen: list[Any] = []

    def index(**options: Any) -> None:
        seen.append(told(indexing.index(folder, [str(top)], workers=workers, allow_deletes=True, **options)))
        seen.append(all_of(folder))

    change(top, 1)
    index()
    change(top, 2)
    index()
    indexing.delete(folder, sorted(articles_in(folder))[:5])
    index(afresh=True)
    seen.append(told(rebuild(folder, workers=workers)))
    seen.append(all_of(folder))
    other = write_lines(top.parent / "other.jsonl", *records(9, 30))
    seen.append(told(indexing.index(folder, [other], afresh=True, workers=workers))["articles"])
    seen.append(sorted(articles_in(folder)))
    change(top, 4)
    indexing.delete(folder, sorted(articles_in(folder))[:3])
    index()
    (top / "a.jsonl").unlink()
    index(dry_run=True)
    return seen


@pytest.fixture
def _apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have one worker index what this process reads, however little it is."""
    monkeypatch.setattr("index.reading.WORTH_A_PROCESS", 0)
    monkeypatch.setattr("index.parcels.CHARACTERS", 300)


def test_the_number_of_workers_changes_nothing(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reports, articles, account, events and answers are the same from one process, from two and three.

    Also where one reads and the other indexes, whichever of them numbers the words and however many processors there
    are.
    """
    alone = life(tmp_path / "1", tmp_path / "source", 1)
    assert alone[0]["duplicates"] > 10
    assert alone[0]["rejected"] > 10
    assert alone[0]["failures"]
    for workers in (2, 3):
        assert life(tmp_path / str(workers), tmp_path / "source", workers) == alone
    request.getfixturevalue("_apart")
    for name, ahead, processors in (("there", [1 << 40], 2), ("here", [-1], 3), ("turns", [-1, 1 << 40], 8)):
        monkeypatch.setattr("index.processors.processors", partial(int, processors))
        monkeypatch.setattr(SegmentProcess, "_ahead", property(partial(lambda turns, _: next(turns), cycle(ahead))))
        assert life(tmp_path / name, tmp_path / "source", 1) == alone


@pytest.mark.usefixtures("_apart")
def test_a_process_indexes_what_this_one_reads(tmp_path: Path) -> None:
    """It is given articles and removals in their order, and writes one segment of what is left."""
    # A browser may be there, which other tests have started.
    before = children(os.getpid())
    with open_writer(tmp_path / "index") as writer:
        writer.apart = True
        for number in range(200):
            writer.add(Article(id=str(number), title=f"bridge {number}", body="harbour " * 20))
            if number % 10 == 3:
                assert writer.remove(str(number - 1))
        processes = children(os.getpid()) - before
        assert writer.remove("199")
    assert processes
    assert not children(os.getpid()) & processes
    assert articles_in(tmp_path / "index").keys() == {str(n) for n in range(199) if n % 10 != 2}
    assert len(open_generation(tmp_path / "index").segments) == 1


@pytest.mark.parametrize("processors", [1, 2, 3])
@pytest.mark.parametrize("workers", [0, 1, 2])
def test_documents_are_compressed_in_a_thread_where_a_processor_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processors: int, workers: int
) -> None:
    """By one that works alone, by one that has words made in a process beside it, and by one of two."""
    waited: list[Packing] = []
    monkeypatch.setattr(Packing, "wait", lambda packing: waited.append(packing))
    monkeypatch.setattr("index.processors.processors", partial(int, processors))
    monkeypatch.setattr("index.parcels.CHARACTERS", 300)
    checked = [check(Article(id=str(n), title="bridge " * 40, body=""), ZoneInfo("UTC")) for n in range(9)]
    here = partial(SegmentWriter, tmp_path, 16, 2.0, busy=max(workers, 1))
    writer = SegmentProcess(tmp_path, 16, IndexSettings(), here) if workers == 1 else here()
    writer.add(as_columns(checked, ["lines:1"] * 9))
    writer.finish()
    assert bool(waited) == (processors <= (2 if workers else 1))


def test_memory_ends_while_a_process_makes_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was given so far is a segment; articles are taken out wherever they are by then; one segment is left."""
    monkeypatch.setattr("index.parcels.CHARACTERS", 10_000)
    ended: list[int] = []
    on_the_way = 0
    end = SegmentProcess._end_segment

    def ending(self: SegmentProcess, hired: Hired, *, passing: bool = False) -> None:
        ended.append(len(self._documents))
        if len(ended) <= 2:
            # So that something is taken out of what it has not written yet.
            hired._processes[0].send_signal(signal.SIGSTOP)
            threading.Timer(0.5, hired._processes[0].send_signal, [signal.SIGCONT]).start()
        end(self, hired, passing=passing)

    monkeypatch.setattr(SegmentProcess, "_end_segment", ending)
    removed = set()
    with open_writer(tmp_path / "index", memory=1) as writer:
        writer.apart = True
        for number in range(3_000):
            body = " ".join(f"{word}{number % 97}" for word in WORDS)
            writer.add(Article(id=str(number), title=f"bridge {number}", body=body, section=f"s{number % 5}"))
            if number % 50 == 49:
                # Given just now, on its way where a segment has just ended, and written long ago.
                for gone in {number, number - 40, max(number - 60, 0), max(number - 1_500, 0) + 1}:
                    assert writer.remove(str(gone)) == (str(gone) not in removed)
                    removed.add(str(gone))
                assert isinstance(writer._segment, SegmentProcess)
                on_the_way += len(writer._segment._ended)
    assert on_the_way
    assert len(ended) > 3
    assert sum(ended) == 3_000
    (segment,) = open_generation(tmp_path / "index").segments
    left = {str(number) for number in range(3_000)} - removed
    assert set(segment.ids) == left
    assert {segment.article(segment.document(name) or 0).section for name in ("7", "12")} == {"s2"}
    with open_searcher(tmp_path / "index") as searcher:
        for number in (0, 30, 96):
            found = searcher.search(SearchRequest(query=f"ferry{number}", page_size=50))
            assert {hit.id for hit in found.hits} == {name for name in left if int(name) % 97 == number}


def test_a_stream_is_indexed_in_a_process_when_it_turns_out_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes from standard input has no size to go by."""
    monkeypatch.setattr("index.reading.WORTH_SHARING", 1 << 40)
    monkeypatch.setattr("index.parcels.CHARACTERS", 300)
    hired: list[str] = []
    start = Hired._start

    def starting(self: Hired, program: str) -> None:
        hired.append(program)
        start(self, program)

    monkeypatch.setattr(Hired, "_start", starting)
    for count, expected in ((2, []), (100, ["index.word_process"])):
        stream = io.BytesIO(lines_of(good(*map(str, range(count)), title="harbour bridge")))
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
        assert indexing.index(tmp_path / f"{count}", ["-"]).articles == count
        assert hired == expected


class Unreadable:
    """A message that can be written and not read."""

    def __reduce__(self) -> Any:
        return int, ("no number",)


@pytest.mark.usefixtures("_apart")
def test_what_is_too_much_for_a_worker_ends_the_run(folder: Path) -> None:
    """A message that it has no memory for is told of as any error is, and nobody waits for it in vain."""
    with Hired(folder, 1, "index.word_process", WordTask(16_000_000, 2.0, "en")) as hired:
        hired.send(0, Unreadable())
        with pytest.raises(WorkerError, match=r"failed \(ValueError"):
            hired.finish()


def test_who_sends_does_not_wait_for_who_reads() -> None:
    """Messages of any size are taken from who sends them, and come in order; that the other end is gone is told."""
    ours, theirs = Pipe()
    outbox = Outbox(ours)
    sent = [bytes([number]) * 1_000_000 for number in range(9)]
    for message in sent:
        outbox.put(message)
    assert [theirs.recv() for _ in sent] == sent
    theirs.close()
    with pytest.raises(OSError, match="Broken pipe"):  # noqa: PT012 - whichever is the first after it was seen
        for _ in range(1_000):
            outbox.put(b"")
            time.sleep(0.01)
    outbox.close()
    ours.close()


@pytest.mark.usefixtures("_apart")
def test_an_article_that_only_the_account_knows_goes_without_a_process(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written in earlier runs is no matter of the process that writes."""
    monkeypatch.setattr(Hired, "__init__", None)
    with open_writer(folder) as writer:
        writer.apart = True
        writer.add(Article(id="new", title="New"))
        assert writer.remove("old")
    assert articles_in(folder).keys() == {"new"}


@pytest.mark.usefixtures("_apart")
def test_no_process_is_started_for_less_than_a_parcel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An article that has changed among many is indexed where it is read."""
    monkeypatch.setattr(Hired, "__init__", None)
    source = write_lines(tmp_path / "a.jsonl", *good("1", "2"))
    assert indexing.index(tmp_path / "index", [source], workers=1).added == 2
    assert articles_in(tmp_path / "index").keys() == {"1", "2"}


def test_workers_share_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of two workers writes a segment, no article is in both, and one segment is left of them."""
    written: list[int] = []
    finish = Workers.finish

    def finishing(self: Workers) -> list[list[Any]]:
        segments = finish(self)
        written.extend(segment.doc_count() for of_worker in segments for segment in of_worker)
        return segments

    monkeypatch.setattr(Workers, "finish", finishing)
    source = write_lines(tmp_path / "a.jsonl", *good(*map(str, range(400))))
    indexing.index(tmp_path / "index", [source], workers=2)
    assert len(written) == 2
    assert sum(written) == len(articles_in(tmp_path / "index")) == 400
    assert len(open_generation(tmp_path / "index").segments) == 1


def test_workers_share_what_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index that is built afresh of itself is written by all of them, and is the same as from one."""
    folder, source = tmp_path / "index", tmp_path / "a.jsonl"
    indexing.index(folder, [write_lines(source, *records(1, 200))], workers=1)
    was, entries, taken = articles_in(folder), entries_in(folder), list[list[int]]()
    include = Writer.include

    def counted(writer: Writer, segments: Sequence[Sequence[ArraySegment]]) -> None:
        taken.append([sum(segment.doc_count() for segment in written) for written in segments])
        include(writer, segments)

    monkeypatch.setattr(Writer, "include", counted)
    rebuild(folder, workers=2)
    ((first, second),) = taken
    assert min(first, second) > 10
    assert first + second == len(was)
    assert (articles_in(folder), entries_in(folder)) == (was, entries)


def test_what_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    """A run that finds everything as it was makes no generation, whoever has read it."""
    source = write_lines(tmp_path / "a.jsonl", *good(*map(str, range(100))))
    indexing.index(tmp_path / "index", [source], workers=2)
    assert indexing.index(tmp_path / "index", [source], workers=2).unchanged == 100
    assert newest(tmp_path / "index") == 1


def test_small_sources_start_no_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the size from which it pays, one process does it all."""
    monkeypatch.setattr("index.reading.WORTH_SHARING", 100_000)
    monkeypatch.setattr(Hired, "__init__", None)
    source = write_lines(tmp_path / "a.jsonl", *good("1", "2"))
    assert indexing.index(tmp_path / "index", [source], workers=8).added == 2


def refused(folder: Path, source: str, error: type[BackfileError], sign: str, workers: int = 2) -> None:
    """See a run with workers fail and leave an index as it was, with none of its own files."""
    before, others = bytes_in(folder), children(os.getpid())
    with pytest.raises(error, match=sign):
        indexing.index(folder, [source], workers=workers, allow_deletes=True)
    after = bytes_in(folder)
    assert {name for name in after if "account" not in name} == {name for name in before if "account" not in name}
    assert newest(folder) == 1
    assert articles_in(folder).keys() == entries_in(folder).keys() == {"old"}
    assert children(os.getpid()) <= others


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give an index of one article."""
    indexing.index(tmp_path / "index", [write_lines(tmp_path / "old.jsonl", *good("old"))], workers=1)
    return tmp_path / "index"


@pytest.mark.parametrize("after", [0, 1, 3])
@pytest.mark.parametrize("number", [0, 1])
def test_a_worker_that_is_killed_undoes_the_run(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, after: int, number: int
) -> None:
    """However far it had come, nothing of the run is kept, and the message says what happened."""
    receive, calls = Hired.receive, iter(range(1_000))

    def killing(self: Hired, worker: int) -> Any:
        if next(calls) == after:
            self._processes[number].kill()
            self._processes[number].wait()
        return receive(self, worker)

    monkeypatch.setattr(Hired, "receive", killing)
    source = write_lines(tmp_path / "new.jsonl", *good(*map(str, range(500))))
    refused(folder, source, WorkerError, "ended with signal 9")


@pytest.mark.usefixtures("_apart")
@pytest.mark.parametrize("after", [0, 3, -1])
def test_a_process_that_is_killed_undoes_the_run(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Also when the account of the run is on the disk already, while the process sorts."""
    send, end, calls, save, died = Hired.send, Hired.end, iter(range(1_000)), Account.save, []
    made: list[Hired] = []

    def kill() -> None:
        died.append(made[0]._processes[0].pid)
        made[0]._processes[0].kill()
        made[0]._processes[0].wait()

    def sending(self: Hired, worker: int, message: object) -> None:
        # The first one is the task.
        made.append(self)
        if next(calls) == after + 1 > 0:
            kill()
        send(self, worker, message)

    def ending(self: Hired) -> None:
        # It must not be quicker than the account.
        self._processes[0].send_signal(signal.SIGSTOP)
        end(self)

    def saving(self: Account, *told: Any) -> None:
        save(self, *told)
        kill()

    monkeypatch.setattr(Hired, "send", sending)
    if after < 0:
        monkeypatch.setattr(Hired, "end", ending)
        monkeypatch.setattr(Account, "save", saving)
    source = write_lines(tmp_path / "new.jsonl", *good(*map(str, range(500)), title="harbour bridge"))
    refused(folder, source, WorkerError, "ended with signal 9", workers=1)
    assert len(died) == 1


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.usefixtures("_apart")
def test_a_disk_that_refuses_a_worker_undoes_the_run(tmp_path: Path, folder: Path, workers: int) -> None:
    """What the file system told the worker is told to the user, or what it told its writer, whose disk it is, too."""
    texts = (f"w{number}x{word}" for number in range(2_000) for word in range(20))
    records = [{"id": f"{n}", "title": " ".join(next(texts) for _ in range(20))} for n in range(2_000)]
    source = write_lines(tmp_path / "new.jsonl", *records)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        refused(folder, source, StorageError, "File too large" if workers > 1 else "File too large|disk I/O", workers)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.usefixtures("_apart")
def test_a_worker_that_fails_says_so(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    """An error nobody thought of is a message too."""
    wrong: Any = "all"
    monkeypatch.setattr("index.writer.Task", lambda folder, settings, *_: Task(folder, settings, wrong, False, 2))
    monkeypatch.setattr("index.segment_process.WordTask", lambda _, *settings: WordTask(wrong, *settings))
    source = write_lines(tmp_path / "new.jsonl", *good(*map(str, range(500))))
    refused(folder, source, WorkerError, "failed .TypeError", workers)


def children(process: int) -> set[int]:
    """Give the numbers of the processes that a process has started and that are still there."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if int(parent) == process and state != "Z":
                found.add(int(entry.name))
    return found


def soon(true: Callable[[], bool]) -> bool:
    """Wait for something to be true, ten seconds at most."""
    for _ in range(200):
        if true():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the processes of the machine are asked of /proc")
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("count", [1, 2])
def test_workers_end_with_their_writer(folder: Path, sign: signal.Signals, count: int) -> None:
    """Killed or interrupted in the middle of a run, a writer leaves no process behind, and the index as it was."""
    program = (
        "import sys; from pathlib import Path; from index import indexing, parcels, reading; reading.WORTH_SHARING = 0;"
        "reading.WORTH_A_PROCESS = 0; parcels.CHARACTERS = 5_000;"
        f"indexing.index(Path(sys.argv[1]), ['-'], workers={count})"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert writer.stdin is not None
    writer.stdin.write(lines_of(good(*map(str, range(30_000)))))
    writer.stdin.flush()
    assert soon(lambda: len(children(writer.pid)) == count)
    # Python is deaf to what comes in the moment before it begins to wait for more to read.
    time.sleep(0.5)
    workers = children(writer.pid)
    writer.send_signal(sign)
    writer.wait(10)
    assert soon(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
    writer.stdin.close()
    assert articles_in(folder).keys() == {"old"}
    assert indexing.index(folder, [write_lines(folder.parent / "x.jsonl", *good("1"))], workers=1).articles == 2


def test_a_worker_writes_an_id_once(tmp_path: Path) -> None:
    """What a worker has met before it does not write again: the first of its part may be the one that stays."""
    worker = Worker(Task(tmp_path, IndexSettings(), 16, look_up=False, workers=1))
    part = Lines("f", 1_000, 1, lines_of([*good("1", "2"), *good("1", title="again")]), ended=True)
    ((met,),) = worker.do([part])
    assert isinstance(met, Met)
    assert met.written == [True, True, False]
    assert sum(segment.doc_count() for segment in worker.finish()) == 2

"""What is remembered equals what happened, however often workers are killed and stopped under load."""

import json
import signal
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kafka import KafkaProducer

from moderation.client.reading import Reader, Record
from moderation.events import Decision, PublishedPolicy, Verdict
from moderation.policy import parse_policy
from moderation.replay import Replay
from moderation.settings import KafkaSettings, TopicName
from moderation.state import Change
from moderation.state.memo import Memo
from moderation.state.traces import digest_of
from tests.broker.pipeline import Pipeline, running

FLOOD, COPIES = 5, 40
POLICY = f"""
policy: remembering
facts: {{bad: {{type: boolean, default: false}}}}
strikes: {{hate: {{weight: 2, expires: 90d}}}}
rules:
  - {{id: bad, when: facts.bad, then: remove, because: hate}}
  - {{id: flood, when: 'author.posts("1h") >= {FLOOD}', then: label, because: spam}}
  - {{id: again, when: author.strikes >= 4, then: restrict, because: spam}}
  - {{id: copies, when: 'content.posts("1h") >= {COPIES}', then: review, because: spam}}
"""
AUTHORS, HOUR = 30, 3_600
COPY = "Buy the very best watches here"


@dataclass
class Sent:
    """One post as it was sent, with how many its author had, and how many of those were bad."""

    author: str
    bad: bool
    copy: bool
    posts: int
    strikes: int


class Board:
    """Sends posts by the round, and knows what was sent."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.sent: dict[str, Sent] = {}
        self.pardoned: set[str] = set()
        self._pipeline = pipeline
        self._posts: Counter[str] = Counter()
        self._strikes: Counter[str] = Counter()

    def send(self, count: int) -> None:
        names, values, authors = [], [], []
        for number in range(len(self.sent), len(self.sent) + count):
            author = f"author-{number * 7 % AUTHORS}"
            bad, copy = number % 11 == 0, number % 5 == 0
            self._posts[author] += 1
            self.sent[f"post-{number}"] = Sent(author, bad, copy, self._posts[author], self._strikes[author])
            self._strikes[author] += 2 * bad
            text = COPY if copy else f"post number {number}"
            post = {"post_id": f"post-{number}", "author_id": author, "text": text, "facts": {"bad": bad}}
            names.append(f"post-{number}")
            values.append(json.dumps(post).encode())
            authors.append(author.encode())
        self._pipeline.send(values, key=lambda number: authors[number])

    def pardon(self, kafka: KafkaSettings, count: int) -> None:
        """Have a reviewer allow the next bad posts."""
        partitions = {record.key: record.partition for record in _records(kafka, "decisions")}
        left = [post_id for post_id, sent in self.sent.items() if sent.bad and post_id not in self.pardoned]
        pardoned = [post_id for post_id in left if post_id.encode() in partitions][:count]
        self.pardoned.update(pardoned)
        producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all")
        for post_id in pardoned:
            verdict = Verdict(
                verdict_id=f"of {post_id}",
                post_id=post_id,
                author_id=self.sent[post_id].author,
                action="allow",
                reviewer="rita",
                decided_at=datetime.now(UTC),
            )
            partition = partitions[post_id.encode()]
            producer.send(kafka.topic("verdicts"), verdict.to_json(), post_id.encode(), partition=partition)
            self._strikes[self.sent[post_id].author] -= 2
        producer.close()

    def totals(self) -> dict[str, tuple[int, float]]:
        """Author -> posts and strikes."""
        return {author: (self._posts[author], float(self._strikes[author])) for author in self._posts}


def _records(kafka: KafkaSettings, topic: TopicName) -> Iterator[Record]:
    reader = Reader(kafka, topic, follow=False)
    try:
        yield from reader
    finally:
        reader.close()


def _judged(records: Iterable[Any]) -> set[str]:
    decisions = (Decision.model_validate_json(record.value) for record in records)
    return {decision.post_id for decision in decisions if decision.stage == "human"}


def _standing(kafka: KafkaSettings, topic: TopicName) -> dict[tuple[int, str], Memo]:
    """What a worker would find."""
    return _newest(_records(kafka, topic))


def _newest(records: Iterable[Any]) -> dict[tuple[int, str], Memo]:
    """Of every key the value that has counted most."""
    found: dict[tuple[int, str], Memo] = {}
    for record in records:
        change = Change("state", record.key or b"", record.value)
        place = (record.partition, change.key.decode())
        assert change.value is not None, f"{place} was forgotten"
        memo = Memo.from_json(change.value)
        if place not in found or memo.fence >= found[place].fence:
            found[place] = memo
    return found


def _authors(standing: dict[tuple[int, str], Memo]) -> dict[str, tuple[int, float]]:
    """Author -> posts and strikes."""
    return {
        key.removeprefix("author:"): (_counted(memo), memo.strikes.weight(0)) for (_, key), memo in standing.items()
    }


def _counted(memo: Memo) -> int:
    return memo.posts[HOUR].count(memo.posts[HOUR].newest)


def test_counts_and_strikes_are_exact_through_killed_and_stopped_workers(kafka: KafkaSettings, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    with running(kafka, tmp_path, MODERATION_POLICY=str(policy)) as pipeline:
        board = Board(pipeline)
        pipeline.worker("text")
        steady = pipeline.worker("policy")
        for point, batch in (("decided", 2), ("delivered", 3), ("processed", 4)):
            doomed = pipeline.marked("policy", point, batch, "kill")
            _feed_until_dead(lambda: board.send(40), doomed)
        board.send(200)
        steady.terminate()
        assert steady.wait(30) == 0, pipeline.logs()
        pipeline.worker("policy")
        board.send(200)
        last = pipeline.worker("policy")
        board.send(200)
        pipeline.decisions(board.sent)
        assert last.poll() is None
        last.terminate()  # of three workers one would have nothing to do
        assert last.wait(30) == 0, pipeline.logs()
        doomed = pipeline.marked("policy", "decided", 1, "kill")
        _feed_until_dead(lambda: board.pardon(kafka, 2), doomed)
        board.pardon(kafka, 2)
        # The dead worker's last decisions stand already; what it remembered of them comes from its successor.
        pipeline.read("state", lambda records: _authors(_newest(records)) == board.totals())
        assert board.pardoned <= _judged(_records(kafka, "decisions"))
    _check_decisions(kafka, board)
    _check_counts(kafka, board)
    _check_replay(kafka)


def _feed_until_dead(feed: Callable[[], None], doomed: "subprocess.Popen[bytes]") -> None:
    for _ in range(120):
        feed()
        try:
            assert doomed.wait(0.5) == -signal.SIGKILL
            return
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError("the worker did not reach its end")


def _check_decisions(kafka: KafkaSettings, board: Board) -> None:
    """Of each decision the first counts: consumers drop the others by their id."""
    first: dict[str, Decision] = {}
    repeated = 0
    for record in _records(kafka, "decisions"):
        decision = Decision.model_validate_json(record.value or b"")
        repeated += decision.post_id in first and decision.stage != "human"
        first.setdefault(decision.post_id, decision)
    assert first.keys() == board.sent.keys()
    assert repeated, "no post was processed twice: the test shows nothing"
    wrong = {}
    for post_id, sent in board.sent.items():
        state, fired = first[post_id].state or {}, {rule.rule for rule in first[post_id].rules}
        seen = (state["author.posts(1h)"], state["author.strikes"], "flood" in fired, "again" in fired, "bad" in fired)
        expected = (sent.posts, sent.strikes, sent.posts >= FLOOD, sent.strikes >= 4, sent.bad)
        if seen != expected:
            wrong[post_id] = (seen, expected)
    assert wrong == {}


def _check_counts(kafka: KafkaSettings, board: Board) -> None:
    assert _authors(_standing(kafka, "state")) == board.totals()
    copies: dict[str, int] = defaultdict(int)
    for (_, key), memo in _standing(kafka, "counts").items():
        copies[key] += _counted(memo)
    of_copy = f"content:{digest_of(COPY.lower()):016x}"
    assert copies[of_copy] == sum(sent.copy for sent in board.sent.values())
    assert copies.keys() == {of_copy}


def _check_replay(kafka: KafkaSettings) -> None:
    replay = Replay()
    for record in _records(kafka, "policies"):
        published = PublishedPolicy.model_validate_json(record.value or b"")
        replay.add_policy(parse_policy(published.source))
    for record in _records(kafka, "decisions"):
        replay.add_decision(record.value or b"")
    for record in _records(kafka, "scored"):
        replay.add_record(record.value or b"")
    for record in _records(kafka, "verdicts"):
        replay.add_verdict(record.value or b"")
    assert Counter(result.state for result in replay.results()).keys() == {"proven"}

"""The shell's verbs against a real Kafka."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from moderation.cli.main import command as moderation
from moderation.client import ModerationClient
from moderation.client.reading import Reader, Record
from moderation.client.sending import Outgoing, Sender
from moderation.dead_letters import DeadLetter, attempts_before
from moderation.events import Decision, Post, ReviewItem, Source, Verdict
from moderation.settings import KafkaSettings, TopicName

Run = Callable[..., Result]


@pytest.fixture
def run(kafka: KafkaSettings) -> Run:
    environment = {
        "MODERATION_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "MODERATION_KAFKA_TOPIC_PREFIX": kafka.topic_prefix,
        "MODERATION_KAFKA_GROUP_PREFIX": kafka.group_prefix,
    }

    def invoke(*arguments: str, input: str | bytes | None = None) -> Result:
        return CliRunner(env=environment).invoke(moderation, arguments, input=input)

    return invoke


def put(
    kafka: KafkaSettings, topic: TopicName, *records: tuple[int, bytes | None, bytes | None, DeadLetter | None]
) -> None:
    sender = Sender(kafka, 30)
    for partition, key, value, letter in records:
        sender.send(Outgoing(topic, key, value, "test", partition, letter.headers() if letter else ()))
    sender.close()


def records_of(kafka: KafkaSettings, topic: TopicName) -> list[Record]:
    reader = Reader(kafka, topic, follow=False)
    records = sorted(reader, key=lambda record: (record.partition, record.offset))
    reader.close()
    return records


def letter(kafka: KafkaSettings, offset: int, attempts: int = 1, partition: int = 2) -> DeadLetter:
    return DeadLetter("text", "not_json", "not JSON: \x1b[2J", kafka.topic("posts"), partition, offset, attempts)


def test_a_post_from_arguments_arrives_with_its_facts(kafka: KafkaSettings, run: Run) -> None:
    arguments = ["--id", "p1", "--author", "anna", "--surface", "comment", "--fact", "age=3", "--fact", "name=x y"]
    result = run("post", "hello", *arguments, "--image", "https://example.org/a.png")
    assert (result.exit_code, result.output) == (0, "p1\n")
    [record] = records_of(kafka, "posts")
    post = Post.model_validate_json(record.value or b"")
    assert (post.text, post.author_id, post.surface, post.facts) == (
        "hello",
        "anna",
        "comment",
        {"age": 3, "name": "x y"},
    )
    assert [(media.kind, media.url) for media in post.media] == [("image", "https://example.org/a.png")]


def test_posts_from_a_file_are_sent_and_bad_lines_are_named(kafka: KafkaSettings, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_bytes(b'{"post_id": "a", "own": 1}\n\nnot json\n{"post_id": "b\\u001b"}\n{"text": "no id"}\n')
    result = run("post", "--file", str(path))
    assert result.exit_code == 1
    assert result.stdout == "a\nb\\x1b\n"
    assert f"{path}:3: not JSON" in result.stderr
    assert f"{path}:5: not a valid post: post_id" in result.stderr
    assert result.stderr.endswith("2 sent, 2 refused\n")
    values = {
        json.loads(record.value or b"")["post_id"]: json.loads(record.value or b"")
        for record in records_of(kafka, "posts")
    }
    assert values.keys() == {"a", "b\x1b"}
    assert values["a"]["own"] == 1


def test_decisions_are_lines_for_people_or_for_programs(kafka: KafkaSettings, run: Run) -> None:
    for name in ("a", "b"):
        decision = Decision(
            decision_id=name, post_id=f"{name}\u202e", stage="final", action="remove", reasons=("hate",)
        )
        put(kafka, "decisions", (0, None, decision.to_json(), None))
    result = run("decisions", "--no-follow")
    assert result.output.splitlines() == [
        "remove    final       a\\u202e  no rule  because hate",
        "remove    final       b\\u202e  no rule  because hate",
    ]
    result = run("decisions", "--json", "--from-beginning", "--limit", "1")
    assert json.loads(result.output)["post_id"] == "a\u202e"
    assert "\u202e" not in result.output
    group = kafka.group("shell")
    assert len(run("decisions", "--group", group, "--limit", "1").output.splitlines()) == 1
    assert run("decisions", "--group", group, "--timeout", "3").output.startswith("remove    final       b")


def test_a_review_item_is_answered_by_its_id_or_its_post(kafka: KafkaSettings, run: Run) -> None:
    source = Source(topic="posts", partition=3, offset=0, time=datetime.now(UTC))
    for name, status in (("r1", "open"), ("r2", "open"), ("r2", "closed")):
        item = ReviewItem.model_validate(
            {
                "review_id": name,
                "decision_id": f"{name}-{status}",
                "status": status,
                "post_id": f"post-{name}",
                "post": {"post_id": f"post-{name}", "text": "look \x1b[2J"},
                "source": source,
                "reasons": ["hate"],
            }
        )
        put(kafka, "reviews", (3, None, item.to_json(), None))
    assert run("reviews", "--no-follow").output.splitlines()[0] == r"r1  default  post-r1  hate  look \x1b[2J"
    assert run("reviews", "--no-follow", "--closed").output.splitlines()[2].startswith("closed  r2")
    answer = ["--action", "remove", "--reviewer", "kim", "--because", "hate"]
    assert run("reviews", "answer", "r1", *answer).exit_code == 0
    assert run("reviews", "answer", "--post", "post-r1", *answer).output.startswith("remove on post post-r1: verdict ")
    [first, second] = [Verdict.model_validate_json(r.value or b"") for r in records_of(kafka, "verdicts")]
    assert (first.review_id, second.review_id, first.reasons) == ("r1", "r1", ("hate",))
    assert "closed: a later decision" in str(run("reviews", "answer", "r2", *answer).exception)
    assert "no review item r3 is on" in str(run("reviews", "answer", "r3", *answer).exception)


def test_dead_letters_are_listed_and_shown_without_their_control_characters(kafka: KafkaSettings, run: Run) -> None:
    put(kafka, "dead-letters", (1, b"anna\x07", b"\xff\x1b[31m" + b"x" * 9_000, letter(kafka, 7)))
    listed = run("dead-letters", "list").output
    assert listed.startswith("1:0 ")
    assert f"text  not_json  {kafka.topic('posts')}-2@7  not JSON: \\x1b[2J" in listed
    shown = run("dead-letters", "show", "1:0").output
    assert f"source    {kafka.topic('posts')}, partition 2, offset 7" in shown
    assert "key       anna\\x07\n" in shown
    assert "value     \\xff\\x1b[31mxxx" in shown
    assert shown.endswith("x… (9,006 bytes)\n")
    assert "\x1b" not in listed + shown
    assert run("dead-letters", "show", "1:0", "--raw").stdout_bytes == b"\xff\x1b[31m" + b"x" * 9_000
    assert json.loads(run("dead-letters", "list", "--json").output)["error"] == "not_json"
    assert run("dead-letters", "list", "--error", "invalid").output == "no dead letters that wait for a replay\n"
    for nowhere in ("1:5", "99:0"):
        assert f"no dead letter {nowhere} on" in str(run("dead-letters", "show", nowhere).exception)
        assert f"no dead letter {nowhere} on" in str(run("dead-letters", "replay", nowhere).exception)


def test_a_letter_goes_back_where_it_came_from_and_is_not_replayed_twice(kafka: KafkaSettings, run: Run) -> None:
    put(kafka, "dead-letters", *((1, b"anna", b"value %d" % n, letter(kafka, n, attempts=n)) for n in range(1, 4)))
    assert run("dead-letters", "replay", "1:1").output.startswith(f"1:1 replayed to {kafka.topic('posts')}-2\n")
    assert run("dead-letters", "replay", "--all").output.splitlines()[-1] == "2 replayed, 0 left alone"
    assert run("dead-letters", "replay", "--all").output == "0 replayed, 0 left alone\n"
    sent = records_of(kafka, "posts")
    assert [(r.partition, r.key, r.value, attempts_before(r.headers)) for r in sent] == [
        (2, b"anna", b"value 2", 2),
        (2, b"anna", b"value 1", 1),
        (2, b"anna", b"value 3", 3),
    ]
    assert len(run("dead-letters", "list", "--all").output.splitlines()) == 3
    put(kafka, "dead-letters", (1, b"anna", b"again", letter(kafka, 9, attempts=4)))
    assert run("dead-letters", "list").output.startswith("1:3 ")
    assert run("dead-letters", "replay", "--all").output.endswith("1 replayed, 0 left alone\n")


def test_what_the_fix_cannot_repair_is_left_alone_and_can_be_tried_again(kafka: KafkaSettings, run: Run) -> None:
    values = [b"good 0", b"bad", b"good 2"]
    put(kafka, "dead-letters", *((0, None, value, letter(kafka, n)) for n, value in enumerate(values)))
    code = "import sys; v = sys.stdin.read(); sys.exit('cannot') if v == 'bad' else print(v.upper(), end='')"
    result = run("dead-letters", "replay", "--all", "--fix", f'{sys.executable} -c "{code}"')
    assert result.exit_code == 1
    assert "0:1 left alone: the fix ended with 1: cannot\n" in result.output
    assert [record.value for record in records_of(kafka, "posts")] == [b"GOOD 0", b"GOOD 2"]
    assert [line.split()[0] for line in run("dead-letters", "list").output.splitlines()] == ["0:1"]
    assert run("dead-letters", "replay", "--all").exit_code == 0
    assert [record.value for record in records_of(kafka, "posts")] == [b"GOOD 0", b"GOOD 2", b"bad"]


def test_a_letter_from_nowhere_is_left_alone(kafka: KafkaSettings, run: Run) -> None:
    put(
        kafka,
        "dead-letters",
        (0, b"k", b"v", DeadLetter("text", "invalid", "why", "other.topic", 0, 0)),
        (0, b"k", b"v", DeadLetter("text", "invalid", "why", kafka.topic("posts"), 99, 0)),
    )
    lines = run("dead-letters", "replay", "--all").output.splitlines()
    assert lines[0] == "0:0 left alone: it came from 'other.topic', which no stage reads"
    assert lines[1].startswith(f"0:1 left alone: dead letter 0:1: {kafka.topic('posts')} has no partition 99")
    assert records_of(kafka, "posts") == []


def test_the_client_reads_what_the_shell_wrote(kafka: KafkaSettings, run: Run) -> None:
    run("post", "hello", "--id", "p1")
    with ModerationClient(kafka) as client:
        assert client.post(post_id="p1").topic == kafka.topic("posts")
    assert len({record.partition for record in records_of(kafka, "posts")}) == 1

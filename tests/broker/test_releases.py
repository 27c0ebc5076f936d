"""Releases on a real broker: all workers switch, a shadow never acts, a canary is its authors', a bad one goes."""

import json
import os
import re
import shlex
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from moderation.cli.main import command as moderation
from moderation.client import ModerationClient
from moderation.client.policies import PoliciesTopic
from moderation.errors import ReleaseError
from moderation.events import Alarm, Decision, Post, Release, ShadowDecision
from moderation.policy import load_policy
from moderation.release import steps
from moderation.settings import KafkaSettings
from moderation.shares import place_of
from streams.groups import Groups
from tests.broker.pipeline import Pipeline, running

PAGE = (Path(__file__).parents[2] / "docs" / "policy-authors.md").read_text(encoding="utf-8")
SWITCH_S = 2.0
_PACE_S = 0.05  # between twenty posts: no backlog, which would have to be worked off before a test can go on
WITHOUT = ("--without-tests", "made for a test", "--by", "ann")

Verb = Callable[..., Result]


def policy(folder: Path, action: str, when: str = "text.hate >= 0") -> Path:
    """A policy file with one rule."""
    path = folder / f"{action}.yaml"
    path.write_text(f'policy: test\nrules: [{{id: rule, when: "{when}", then: {action}, because: hate}}]\n')
    return path


def hash_of(path: Path) -> str:
    return load_policy(path).hash


@pytest.fixture
def verb(kafka: KafkaSettings) -> Verb:
    """`moderation policy ...` against the test's topics."""
    environment = {
        "MODERATION_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "MODERATION_KAFKA_TOPIC_PREFIX": kafka.topic_prefix,
        "MODERATION_KAFKA_GROUP_PREFIX": kafka.group_prefix,
        "MODERATION_TEXT_MODEL": "stub",
    }

    def invoke(*arguments: str | Path, **more: str) -> Result:
        return CliRunner(env=environment | more).invoke(moderation, ["policy", *map(str, arguments)])

    return invoke


def done(result: Result) -> str:
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def refused(result: Result) -> str:
    assert result.exit_code == 1, result.output
    return str(result.exception)


@contextmanager
def posting(kafka: KafkaSettings, authors: int = 400) -> Iterator[list[Post]]:
    """Posts of many authors, one after the other, for as long as the context lasts; the list grows."""
    stopped = threading.Event()
    sent: list[Post] = []

    def feed() -> None:
        with ModerationClient(kafka) as client:
            while not stopped.wait(_PACE_S):
                start = len(sent)
                posts = [
                    Post(post_id=f"p{number}", author_id=f"a{number % authors}", text=f"post {number}")
                    for number in range(start, start + 20)
                ]
                client.post_many(posts)
                sent.extend(posts)

    thread = threading.Thread(target=feed, name="feed")
    thread.start()
    try:
        yield sent
    finally:
        stopped.set()
        thread.join()


def decided(records: list[Any]) -> list[Decision]:
    return [Decision.model_validate_json(record.value) for record in records]


def on_every_partition(policy_hash: str, partitions: int) -> Callable[[list[Any]], bool]:
    """Whether a policy has decided on every partition."""

    def condition(records: list[Any]) -> bool:
        found = {record.partition for record in records if policy_hash.encode() in record.value}
        return len(found) == partitions

    return condition


def start_policy_workers(pipeline: Pipeline, count: int) -> None:
    """Returns when they share the partitions."""
    for _ in range(count):
        pipeline.worker("policy")
    with Groups(pipeline.kafka) as groups:
        while groups.members("policy") < count:
            pass


def test_two_workers_switch_within_two_seconds_and_decide_by_nothing_else(
    kafka: KafkaSettings, tmp_path: Path, verb: Verb
) -> None:
    old, new = policy(tmp_path, "label"), policy(tmp_path, "review")
    with running(kafka, tmp_path, MODERATION_POLICY=str(old)) as pipeline:
        start_policy_workers(pipeline, 2)
        pipeline.worker("text")
        with posting(kafka):
            pipeline.read("decisions", on_every_partition(hash_of(old), kafka.partitions))
            done(verb("release", new, "--live", *WITHOUT))
            records = pipeline.read("decisions", on_every_partition(hash_of(new), kafka.partitions))
        published = pipeline.read("policies", lambda found: any(b"release/1" in own.value for own in found))
        [release] = [own for own in published if b"release/1" in own.value]
        assert {own.policy_hash for own in decided(records)} == {hash_of(old), hash_of(new)}
        by_old = [record for record in records if hash_of(old).encode() in record.value]
        late = max(record.timestamp for record in by_old) - release.timestamp
        assert late < SWITCH_S * 1000, f"a worker still decided by the old policy {late} ms after the release"
        for partition in range(kafka.partitions):
            hashes = [own.policy_hash for own in decided([own for own in records if own.partition == partition])]
            assert hashes == sorted(hashes, key=[hash_of(old), hash_of(new)].index), "a worker went back"


def test_a_shadow_decides_beside_the_live_policy_and_never_acts(
    kafka: KafkaSettings, tmp_path: Path, verb: Verb
) -> None:
    live, shadow = policy(tmp_path, "label"), policy(tmp_path, "remove")
    done(verb("release", live, "--live", *WITHOUT))
    done(verb("release", shadow, "--shadow", *WITHOUT))
    with running(kafka, tmp_path) as pipeline, ModerationClient(kafka) as client:
        pipeline.worker("text,policy")
        ids = [f"p{number}" for number in range(40)]
        client.post_many(Post(post_id=name, text=name) for name in ids)
        decisions = pipeline.decisions(ids)
        shadows = [
            ShadowDecision.model_validate_json(record.value)
            for record in pipeline.read("shadow", lambda records: len(records) >= len(ids))
        ]
        assert {(own.policy_hash, own.action) for own in decisions} == {(hash_of(live), "label")}
        assert {own.decision.post_id for own in shadows} == set(ids)
        assert {(own.decision.policy_hash, own.decision.action, own.live_hash, own.live_action) for own in shadows} == {
            (hash_of(shadow), "remove", hash_of(live), "label")
        }
        shown = done(verb("status"))
        assert "decided  shadow: remove  all" in shown
        assert "label                40   40" in shown
        assert json.loads(done(verb("status", "--json")))["shadows"][hash_of(shadow)]["stricter"]["count"] == 40


def test_a_canary_decides_for_its_authors_and_keeps_them_as_its_share_grows(
    kafka: KafkaSettings, tmp_path: Path, verb: Verb
) -> None:
    live, canary = policy(tmp_path, "label"), policy(tmp_path, "allow")
    done(verb("release", live, "--live", *WITHOUT))
    with running(kafka, tmp_path) as pipeline, ModerationClient(kafka) as client:
        pipeline.worker("text,policy")
        for share in (0.2, 0.6):
            done(verb("release", canary, "--canary", f"{share:.0%}", *WITHOUT))
            expected = {
                f"a{number}": hash_of(canary if place_of(f"a{number}") < share else live) for number in range(60)
            }
            for number in range(60):  # workers take a moment to switch
                client.post(post_id=f"first-{share}-{number}", author_id=f"a{number}", text="x")
            pipeline.read("decisions", _switched(expected, share))
            ids = {f"{share}-{number}": f"a{number}" for number in range(60)}
            client.post_many(Post(post_id=name, author_id=author, text="x") for name, author in ids.items())
            found = {own.post_id: own.policy_hash for own in pipeline.decisions(ids)}
            assert {author: found[name] for name, author in ids.items()} == expected
        assert set(expected.values()) == {hash_of(live), hash_of(canary)}
        assert "'ffff' is not the hash of one canary or shadow; there are: " in refused(verb("withdraw", "ffff"))
        done(verb("withdraw", hash_of(canary)[:6], "--by", "ann"))
        assert "there is no canary" in refused(verb("withdraw"))
        assert "canary" not in done(verb("status")).split("Final decisions")[0]


def test_a_canary_that_removes_far_more_is_rolled_back_by_itself_and_says_so(
    kafka: KafkaSettings, tmp_path: Path, verb: Verb
) -> None:
    live, canary = policy(tmp_path, "remove", "text.hate >= 0.95"), policy(tmp_path, "hold", "text.hate >= 0.2")
    done(verb("release", live, "--live", *WITHOUT))
    with running(kafka, tmp_path, MODERATION_CANARY_MIN_POSTS="20") as pipeline:
        pipeline.worker("text,policy")
        with posting(kafka):
            pipeline.read("decisions", on_every_partition(hash_of(live), kafka.partitions))
            done(verb("release", canary, "--canary", "30%", *WITHOUT))
            [record] = pipeline.read("alarms", lambda records: len(records) == 1)
        alarm = Alarm.model_validate_json(record.value)
        assert (alarm.kind, alarm.subject, alarm.values["release"]) == ("canary_rolled_back", hash_of(canary), 3)
        history = done(verb("history"))
        assert f"moderation  canary {hash_of(canary)[:12]} ended" in history
        assert "rolled back by itself: the canary acts on" in history
        assert "rolled back by itself" in done(verb("status"))
        with ModerationClient(kafka) as client:
            ids = {f"after-{number}": f"b{number}" for number in range(40)}
            client.post_many(Post(post_id=name, author_id=author, text="x") for name, author in ids.items())
            after = [own for own in pipeline.decisions(ids) if own.post_id in ids]
        assert {own.policy_hash for own in after} == {hash_of(live)}


def test_a_killed_worker_comes_back_with_the_release_in_force_and_rollback_takes_it_back(
    kafka: KafkaSettings, tmp_path: Path, verb: Verb
) -> None:
    on_disk, first, second = policy(tmp_path, "label"), policy(tmp_path, "review"), policy(tmp_path, "hold")
    with running(kafka, tmp_path, MODERATION_POLICY=str(on_disk)) as pipeline, ModerationClient(kafka) as client:
        pipeline.worker("text")
        worker = pipeline.worker("policy")

        def hashes(prefix: str) -> set[str | None]:
            ids = [f"{prefix}-{number}" for number in range(20)]
            client.post_many(Post(post_id=name, text=name) for name in ids)
            return {own.policy_hash for own in pipeline.decisions(ids) if own.post_id in ids}

        assert hashes("file") == {hash_of(on_disk)}
        done(verb("release", first, "--live", *WITHOUT))
        done(verb("release", second, "--live", *WITHOUT))
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        pipeline.worker("policy")
        assert hashes("killed") == {hash_of(second)}
        done(verb("rollback", "--by", "bob", "--note", "too strict"))
        round_ = 0
        while hashes(f"round-{round_}") != {hash_of(first)}:
            round_ += 1
            assert round_ < 20, pipeline.logs()
        assert f"bob  live {hash_of(first)[:12]}, was {hash_of(second)[:12]}\n      rolled back; too strict" in done(
            verb("history")
        )
        assert "nothing was live before" in refused(verb("rollback", "--by", "bob"))
        assert "is not used" in pipeline.logs()


BREAKING = """
policy: test
breakers: {flood: {action: remove, per_minute: 5, share: {of: 90%, within: 10m, at_least: 1000}}}
rules: [{id: rule, when: text.hate >= 0, then: remove, because: hate}]
"""


def test_the_status_shows_a_breaker_that_is_open(kafka: KafkaSettings, tmp_path: Path, verb: Verb) -> None:
    path = tmp_path / "breaking.yaml"
    path.write_text(BREAKING)
    done(verb("release", path, "--live", *WITHOUT))
    assert "flood" not in done(verb("status"))
    with running(kafka, tmp_path) as pipeline, ModerationClient(kafka) as client:
        pipeline.worker("text,policy")
        client.post_many(Post(post_id=f"p{number}", text=f"post {number}") for number in range(40))
        pipeline.read("alarms", lambda records: any(b"breaker_open" in record.value for record in records))
        assert "Breaker flood: OPEN until" in done(verb("status"))
        assert json.loads(done(verb("status", "--json")))["breakers"] == {"flood": "open"}


def _switched(expected: dict[str, str], share: float) -> Callable[[list[Any]], bool]:
    """Whether the first posts under a share are decided: then both workers know the release, or nearly."""

    def condition(records: list[Any]) -> bool:
        return sum(f'"post_id":"first-{share}-'.encode() in record.value for record in records) >= len(expected)

    return condition


def test_of_two_releases_at_once_one_counts_and_the_other_is_told(
    kafka: KafkaSettings, tmp_path: Path, verb: Verb
) -> None:
    first, second = policy(tmp_path, "label"), policy(tmp_path, "review")
    done(verb("release", first, "--live", *WITHOUT))
    topic = PoliciesTopic(kafka)
    log = topic.read()
    signed = steps.Signed("bob", log.releases[0].at)
    late = steps.live(log.current, "f" * 64, signed)
    done(verb("release", second, "--live", *WITHOUT))
    with pytest.raises(ReleaseError, match="not released: ann was faster, release 2 is theirs"):
        topic.release(late)
    topic.close()
    assert [own["number"] for own in map(json.loads, done(verb("history", "--json")).splitlines())] == [2, 1]


TESTS = """
tests:
  - name: everything is labelled
    given: {text.hate: 0.5}
    expect: {action: %s}
"""


def test_a_release_is_refused_when_check_tests_warnings_or_the_other_eyes_say_no(
    kafka: KafkaSettings, tmp_path: Path, verb: Verb
) -> None:
    path = policy(tmp_path, "label")
    by = ("--by", "Ann")

    assert "unknown signal" in refused(verb("release", policy(tmp_path, "hold", "text.hatee > 1"), "--live", *by))
    assert "has no tests in" in refused(verb("release", path, "--live", *by))
    (tmp_path / "tests").mkdir()
    tests = tmp_path / "tests" / "label.yaml"
    tests.write_text(TESTS % "remove")
    failing = verb("release", path, "--live", *by)
    assert "not released: 1 of 1 tests of" in refused(failing)
    assert "everything is labelled: FAILED" in failing.stderr
    tests.write_text(TESTS % "label")
    assert "and --strict refuses them" in refused(verb("release", path, "--live", "--strict", *by))
    assert "nothing is released yet" in refused(verb("release", path, "--canary", "5%", *by))
    assert PoliciesTopic(kafka).read().releases == []

    eyes = {"MODERATION_RELEASE_FOUR_EYES": "true"}
    assert "nobody has proposed test" in refused(verb("release", path, "--live", *by, **eyes))
    assert "1 test passed" in done(verb("propose", path, "--by", "ann"))
    assert "was proposed by ann already" in refused(verb("propose", path, "--by", "zed"))
    assert "proposed by ann, never released: test" in done(verb("history"))
    assert "asks that another than the author releases" in refused(verb("release", path, "--live", *by, **eyes))
    name = hash_of(path)[:8]
    assert "has no tests known" in refused(verb("release", name, "--live", "--by", "bob", **eyes))
    assert "release 1 by bob: live" in done(verb("release", name, "--live", "--by", "bob", "--tests", tests, **eyes))
    assert "is live already" in refused(verb("release", path, "--live", "--by", "bob", **eyes))
    [release] = PoliciesTopic(kafka).read().releases
    assert isinstance(release, Release)
    assert (release.by, release.note) == ("bob", None)


def test_releasing_without_tests_leaves_its_reason_in_the_history(
    kafka: KafkaSettings, tmp_path: Path, verb: Verb
) -> None:
    done(verb("release", policy(tmp_path, "label"), "--live", "--note", "start", *WITHOUT))
    assert done(verb("history")).endswith("\n      start; without tests: made for a test\n")


def test_the_commands_on_the_authors_page_work_one_after_the_other(
    kafka: KafkaSettings, tmp_path: Path, verb: Verb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    policies = re.findall(r"^```yaml\n(policy: my-policy\n.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    tests = re.findall(r"^```yaml test\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    section = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    [section] = [own for own in section if own.startswith("Releasing\n")]
    commands = re.findall(r"^\$ moderation policy (.*)$", section, re.MULTILINE)
    path = Path("my-policy.yaml")
    path.write_text(policies[0])
    Path("tests").mkdir()
    (Path("tests") / path).write_text(tests[0])
    changes = 0
    for line in commands:
        words = shlex.split(line)
        if words[0] == "propose" or ("--shadow" in words and "--by" not in words):  # the author changes a rule
            changes += 1
            path.write_text(policies[0].replace("0.60", f"0.6{changes}"))
        if words[0] == "withdraw":  # something must be there to be withdrawn
            path.write_text(policies[0])
            done(verb("release", path, "--canary", "5%"))
        eyes = "true" if "--by" in words else "false"
        done(verb(*words, MODERATION_RELEASE_FOUR_EYES=eyes))
    assert len(commands) == 9
    log = PoliciesTopic(kafka).read()
    assert [own.note for own in log.releases if own.note] == ["rolled back; too many reviews"]
    assert log.current is not None
    assert (log.current.by, len(log.current.shadows)) == ("bob", 1)

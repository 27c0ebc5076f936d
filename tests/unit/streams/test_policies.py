"""The policies in force: announced before they decide, replaced whole or not at all, a release before the file."""

import asyncio
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from moderation.errors import PolicyError
from moderation.events import Canary, PublishedPolicy, Release
from moderation.policy import parse_policy
from moderation.release import key_of
from streams import policies
from streams.messages import Output
from streams.policies import Policies
from streams.policies_topic import Published

TEXT = """
policy: test
rules:
  - {{id: hate-remove, when: text.hate >= {threshold}, then: remove, because: hate}}
"""


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "LOOK_EVERY_S", 0.02)


class Topic:
    """The policies topic in memory, a `Feed`."""

    def __init__(self) -> None:
        self._records: list[Published] = []
        self._read = 0
        self._more = asyncio.Event()

    def put(self, key: bytes | None, value: bytes | None) -> None:
        self._records.append(Published(key, value, len(self._records)))
        self._more.set()

    async def start(self) -> Sequence[Published]:
        return self._new()

    async def more(self) -> Sequence[Published]:
        await self._more.wait()
        return self._new()

    async def stop(self) -> None:
        """Nothing is held."""

    def _new(self) -> Sequence[Published]:
        self._more.clear()
        new, self._read = self._records[self._read :], len(self._records)
        return new


class Scene:
    """A policy file and a topic that are followed, and what was announced on the topic."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "policy.yaml"
        self._changes = 0
        self.write(TEXT.format(threshold=0.9))
        self.topic = Topic()
        self.announced: list[PublishedPolicy] = []
        self.in_force_when_announced: list[str] = []
        self.policies = Policies(self.path, self.topic, self._announce)

    def write(self, text: str) -> None:
        self.path.write_text(text)
        self._changes += 1
        os.utime(self.path, (self._changes, self._changes))

    @property
    def live(self) -> str:
        return self.policies.current().live.hash

    async def _announce(self, output: Output) -> None:
        published = PublishedPolicy.model_validate_json(output.value or b"")
        assert (output.topic, output.partition, output.key) == ("policies", 0, published.hash.encode())
        self.topic.put(output.key, output.value)
        self.announced.append(published)
        if self.announced[1:]:
            self.in_force_when_announced.append(self.live)

    def publish(self, text: str) -> str:
        policy = parse_policy(text)
        published = PublishedPolicy(name=policy.name, hash=policy.hash, source=policy.source)
        self.topic.put(policy.hash.encode(), published.to_json())
        return policy.hash

    def release(self, number: int, live: str, **fields: object) -> None:
        release = Release(number=number, live=live, by="ann", at=datetime.now(UTC), **fields)  # type: ignore[arg-type]
        self.topic.put(key_of(release, "unique"), release.to_json())

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110 — neither a file nor a log has an event to await
                await asyncio.sleep(0.01)


def play(scenario: Callable[[Scene], object], folder: Path) -> None:
    """Start, follow while the scenario runs, stop."""

    async def run() -> None:
        scene = Scene(folder)
        await scene.policies.start()
        following = asyncio.create_task(scene.policies.follow())
        await scenario(scene)  # type: ignore[misc]
        assert not following.done()
        following.cancel()

    asyncio.run(run())


def test_the_first_policy_is_announced_and_a_change_is_announced_before_it_is_used(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        first = scene.live
        assert [policy.hash for policy in scene.announced] == [first]
        scene.write(TEXT.format(threshold=0.8))
        await scene.until(lambda: scene.live != first)
        assert scene.announced[1].hash == scene.live
        assert scene.in_force_when_announced == [first]
        assert scene.announced[1].source == scene.path.read_text()

    play(scenario, tmp_path)


def test_a_change_with_an_error_is_logged_and_the_policy_in_force_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(scene: Scene) -> None:
        first = scene.live
        scene.write("policy: [")
        await scene.until(lambda: "stays in force" in caplog.text)
        assert scene.live == first
        scene.path.unlink()
        scene.write(TEXT.format(threshold=0.7))
        await scene.until(lambda: scene.live != first)

    play(scenario, tmp_path)


INCLUDING = """
policy: test
include: [more.yaml]
rules: [{id: slur, when: "any_word(post.text, words)", then: remove, because: hate}]
"""


def test_a_change_of_an_included_file_or_a_list_is_announced_as_one_text(tmp_path: Path) -> None:
    async def scenario(scene: Scene) -> None:
        (tmp_path / "more.yaml").write_text("lists: {words: {from: words.txt}}")
        (tmp_path / "words.txt").write_text("one\n")
        scene.write(INCLUDING)
        await scene.until(lambda: len(scene.announced) == 2)
        (tmp_path / "words.txt").write_text("one\ntwo\n")
        await scene.until(lambda: len(scene.announced) == 3)
        (tmp_path / "more.yaml").write_text("lists: {words: [three]}")
        await scene.until(lambda: len(scene.announced) == 4)
        announced = scene.announced[1:]
        assert [parse_policy(policy.source).lists["words"] for policy in announced] == [
            ("one",),
            ("one", "two"),
            ("three",),
        ]
        assert [parse_policy(policy.source).hash for policy in announced] == [policy.hash for policy in announced]

    play(scenario, tmp_path)


def test_a_file_that_was_missing_is_taken_up_when_it_appears(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(scene: Scene) -> None:
        scene.write(INCLUDING)
        await scene.until(lambda: "stays in force" in caplog.text)
        (tmp_path / "more.yaml").write_text("lists: {words: [one]}")
        await scene.until(lambda: len(scene.announced) == 2)
        assert caplog.text.count("stays in force") == 1

    play(scenario, tmp_path)


def test_a_policy_that_stands_on_the_topic_is_not_announced_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        scene = Scene(tmp_path)
        scene.publish(scene.path.read_text())
        await scene.policies.start()
        assert scene.announced == []
        assert scene.live == parse_policy(scene.path.read_text()).hash

    asyncio.run(scenario())


def test_a_release_comes_into_force_whole_and_the_file_is_not_used_from_then_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(scene: Scene) -> None:
        live, canary, shadow = (scene.publish(TEXT.format(threshold=own)) for own in (0.1, 0.2, 0.3))
        scene.release(1, live, canary=Canary(hash=canary, share=0.25), shadows=(shadow,))
        await scene.until(lambda: scene.live == live)
        found = scene.policies.current()
        assert [policy.hash for policy in found.every] == [live, canary, shadow]
        assert found.share == 0.25
        assert scene.policies.release == scene.policies.log.current
        scene.write(TEXT.format(threshold=0.5))
        await scene.until(lambda: "has changed and is not used, release 1 is in force" in caplog.text)
        assert scene.live == live
        assert len(scene.announced) == 1

    play(scenario, tmp_path)


def test_a_worker_starts_with_the_release_in_force_even_without_a_file(tmp_path: Path) -> None:
    async def scenario() -> None:
        scene = Scene(tmp_path)
        scene.path.unlink()
        scene.release(1, scene.publish(TEXT.format(threshold=0.1)))
        newest = scene.publish(TEXT.format(threshold=0.2))
        scene.release(2, newest)
        await scene.policies.start()
        assert scene.live == newest

    asyncio.run(scenario())


def test_without_a_release_a_worker_does_not_start_with_a_file_that_cannot_be_used(tmp_path: Path) -> None:
    async def scenario() -> None:
        scene = Scene(tmp_path)
        scene.path.unlink()
        with pytest.raises(PolicyError, match="cannot be read"):
            await scene.policies.start()

    asyncio.run(scenario())


def test_a_release_that_cannot_be_used_is_logged_and_the_one_before_it_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(scene: Scene) -> None:
        first = scene.publish(TEXT.format(threshold=0.1))
        scene.release(1, first)
        await scene.until(lambda: scene.live == first)
        scene.release(2, "0" * 64)
        await scene.until(lambda: "release 2 CANNOT BE USED" in caplog.text)
        assert "policy 000000000000 of release 2 was never published" in caplog.text
        broken = PublishedPolicy(name="test", hash="1" * 64, source="policy: [")
        scene.topic.put(b"1" * 64, broken.to_json())
        scene.release(3, first, shadows=("1" * 64,))
        await scene.until(lambda: "release 3 CANNOT BE USED" in caplog.text)
        other = PublishedPolicy(name="test", hash="2" * 64, source=TEXT.format(threshold=0.5))
        scene.topic.put(b"2" * 64, other.to_json())
        scene.release(4, "2" * 64)
        await scene.until(lambda: "release 4 CANNOT BE USED" in caplog.text)
        assert "published as 222222222222, but this version reads it as" in caplog.text
        assert scene.live == first
        assert caplog.text.count("release 2 CANNOT") == 1

        restarted = Policies(scene.path, scene.topic, scene._announce)
        scene.topic._read = 0
        await restarted.start()
        assert restarted.current().live.hash == first

    play(scenario, tmp_path)


def test_a_release_whose_policy_is_published_late_comes_into_force_then(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(scene: Scene) -> None:
        late = TEXT.format(threshold=0.1)
        scene.release(1, parse_policy(late).hash)
        await scene.until(lambda: "release 1 CANNOT BE USED" in caplog.text)
        scene.publish(late)
        await scene.until(lambda: scene.live == parse_policy(late).hash)

    play(scenario, tmp_path)

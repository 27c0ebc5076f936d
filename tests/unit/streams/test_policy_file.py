"""The policy in force: announced before it is used, replaced whole or not at all."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from moderation.events import PublishedPolicy
from moderation.policy import parse_policy
from streams.messages import Output
from streams.policy_file import PolicyFile

TEXT = """
policy: test
rules:
  - {{id: hate-remove, when: text.hate >= {threshold}, then: remove, because: hate}}
"""


class Scene:
    """A policy file that is followed, and what was announced of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "policy.yaml"
        self._changes = 0
        self.write(TEXT.format(threshold=0.9))
        self.announced: list[PublishedPolicy] = []
        self.in_force_when_announced: list[str] = []
        self.file = PolicyFile(self.path, self._announce)

    def write(self, text: str) -> None:
        self.path.write_text(text)
        self._changes += 1
        os.utime(self.path, (self._changes, self._changes))

    async def _announce(self, output: Output) -> None:
        published = PublishedPolicy.model_validate_json(output.value or b"")
        assert (output.topic, output.key) == ("policies", published.hash.encode())
        self.announced.append(published)
        self.in_force_when_announced.append(self.file.current().live.hash)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110 — the file has no event to await
                await asyncio.sleep(0.05)


def test_the_first_policy_is_announced_and_a_change_is_announced_before_it_is_used(tmp_path: Path) -> None:
    async def scenario() -> None:
        scene = Scene(tmp_path)
        await scene.file.start()
        first = scene.file.current().live.hash
        assert [policy.hash for policy in scene.announced] == [first]
        following = asyncio.create_task(scene.file.follow())
        scene.write(TEXT.format(threshold=0.8))
        await scene.until(lambda: scene.file.current().live.hash != first)
        following.cancel()
        assert scene.announced[1].hash == scene.file.current().live.hash
        assert scene.in_force_when_announced == [first, first]
        assert scene.announced[1].source == scene.path.read_text()

    asyncio.run(scenario())


def test_a_change_with_an_error_is_logged_and_the_policy_in_force_stays(tmp_path: Path, caplog: object) -> None:
    async def scenario() -> None:
        scene = Scene(tmp_path)
        first = scene.file.current().live.hash
        following = asyncio.create_task(scene.file.follow())
        scene.write("policy: [")
        await scene.until(lambda: "stays in force" in caplog.text)  # type: ignore[attr-defined]
        assert scene.file.current().live.hash == first
        scene.path.unlink()
        scene.write(TEXT.format(threshold=0.7))
        await scene.until(lambda: scene.file.current().live.hash != first)
        following.cancel()

    asyncio.run(scenario())


INCLUDING = """
policy: test
include: [more.yaml]
rules: [{id: slur, when: "any_word(post.text, words)", then: remove, because: hate}]
"""


def test_a_change_of_an_included_file_or_a_list_is_announced_as_one_text(tmp_path: Path) -> None:
    async def scenario() -> None:
        scene = Scene(tmp_path)
        following = asyncio.create_task(scene.file.follow())
        (tmp_path / "more.yaml").write_text("lists: {words: {from: words.txt}}")
        (tmp_path / "words.txt").write_text("one\n")
        scene.write(INCLUDING)
        await scene.until(lambda: len(scene.announced) == 1)
        (tmp_path / "words.txt").write_text("one\ntwo\n")
        await scene.until(lambda: len(scene.announced) == 2)
        (tmp_path / "more.yaml").write_text("lists: {words: [three]}")
        await scene.until(lambda: len(scene.announced) == 3)
        following.cancel()
        assert [parse_policy(policy.source).lists["words"] for policy in scene.announced] == [
            ("one",),
            ("one", "two"),
            ("three",),
        ]
        assert [parse_policy(policy.source).hash for policy in scene.announced] == [
            policy.hash for policy in scene.announced
        ]

    asyncio.run(scenario())


def test_a_file_that_was_missing_is_taken_up_when_it_appears(tmp_path: Path, caplog: object) -> None:
    async def scenario() -> None:
        scene = Scene(tmp_path)
        following = asyncio.create_task(scene.file.follow())
        scene.write(INCLUDING)
        await scene.until(lambda: "stays in force" in caplog.text)  # type: ignore[attr-defined]
        (tmp_path / "more.yaml").write_text("lists: {words: [one]}")
        await scene.until(lambda: len(scene.announced) == 1)
        following.cancel()
        assert caplog.text.count("stays in force") == 1  # type: ignore[attr-defined]

    asyncio.run(scenario())

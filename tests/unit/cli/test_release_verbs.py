"""What the verbs that release show and refuse, without Kafka."""

import re
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from moderation.cli.main import command as moderation
from moderation.cli.policy.ago import AGO
from moderation.cli.policy.candidate import Candidate, candidate
from moderation.cli.policy.compared import status
from moderation.cli.policy.gate import require_other_eyes, require_tests
from moderation.cli.policy.history import entry
from moderation.cli.policy.share import SHARE
from moderation.errors import PolicyError, ReleaseError
from moderation.events import Action, Canary, PublishedPolicy, Release
from moderation.policy import load_policy, parse_policy
from moderation.release import ReleaseLog, key_of
from moderation.release.comparison import Comparison
from moderation.release.decided import Decided, DecidedInShadow

PAGE = (Path(__file__).parents[3] / "docs" / "policy-authors.md").read_text(encoding="utf-8")
AT = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)
LIVE, CANARY, SHADOW = (f"{start:0<64}" for start in ("1a2b3c4d5e6f", "99aabbccddee", "5566778899aa"))
POLICY = "policy: test\nrules: [{id: rule, when: text.hate >= 0.5, then: remove, because: hate}]\n"


def on_the_page(kind: str) -> str:
    [block] = re.findall(rf"^```text {kind}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return str(block)


def log_of(*releases: Release, policies: tuple[PublishedPolicy, ...] = ()) -> ReleaseLog:
    log = ReleaseLog()
    for published in policies:
        log.add(published.hash.encode(), published.to_json(), 0)
    for offset, release in enumerate(releases):
        log.add(key_of(release, "u"), release.to_json(), offset)
    return log


def decided(number: int, policy: str, action: str, stage: str = "final") -> Decided:
    return Decided.model_validate(
        {"decision_id": f"d{number}", "post_id": f"p{number}", "stage": stage, "action": action, "policy_hash": policy}
    )


def compared() -> Comparison:
    comparison = Comparison()
    number = 0
    for policy, actions in (
        (LIVE, {"remove": 95, "review": 285, "allow": 9120}),
        (CANARY, {"remove": 7, "review": 10, "allow": 483}),
    ):
        for action, count in actions.items():
            for _ in range(count):
                number += 1
                for _ in range(2):  # told twice, counted once
                    comparison.add(decided(number, policy, action))
        comparison.add(decided(number + 50_000, policy, "remove", stage="provisional"))
    pairs: list[tuple[Action, str, int]] = [
        ("remove", "remove", 100),
        ("remove", "review", 2),
        ("review", "remove", 20),
        ("review", "review", 270),
        ("review", "allow", 5),
        ("allow", "remove", 3),
        ("allow", "review", 40),
        ("allow", "allow", 9560),
    ]
    for live, shadow, count in pairs:
        for _ in range(count):
            number += 1
            for _ in range(2):
                comparison.add_shadow(
                    DecidedInShadow.model_validate(
                        {
                            "decision": decided(number, SHADOW, shadow).model_dump(),
                            "live_hash": LIVE,
                            "live_action": live,
                        }
                    )
                )
    return comparison


def test_the_status_is_the_one_on_the_page() -> None:
    release = Release(
        number=1,
        live=LIVE,
        canary=Canary(hash=CANARY, share=0.05),
        shadows=(SHADOW,),
        by="ann",
        at=AT,
        note="the longer list of slurs",
    )
    policies = tuple(PublishedPolicy(name="my-policy", hash=own, source="") for own in (LIVE, CANARY, SHADOW))
    lines = status(log_of(release, policies=policies), AT.replace(minute=0), compared())
    assert "\n".join(lines).replace("release 1 ", "release 7 ") + "\n" == on_the_page("status")


def test_the_status_of_nothing_says_so() -> None:
    release = Release(number=1, live=LIVE, shadows=(SHADOW,), by="a\x1b[2Jnn", at=AT)
    assert "\n".join(status(log_of(), AT, Comparison())) == (
        "nothing is released: workers decide by the file of their settings\n\n"
        "Final decisions since 2026-03-02 10:15 UTC\n\nno final decisions in this time"
    )
    assert "\n".join(status(log_of(release), AT, Comparison())) == (
        r"release 1 by a\x1b[2Jnn, since 2026-03-02 10:15:00 UTC"
        "\n  live       1a2b3c4d5e6f  not published"
        "\n  in shadow  5566778899aa  not published  without effect\n\n"
        "Final decisions since 2026-03-02 10:15 UTC\n\nno final decisions in this time\n\n"
        "Shadow 5566778899aa on the same posts\n\nno decisions in shadow in this time"
    )


def test_decisions_of_policies_that_were_in_force_before_are_shown_as_such() -> None:
    comparison = Comparison()
    comparison.add(decided(1, CANARY, "hold"))
    comparison.add(decided(2, LIVE, "allow"))
    lines = list(status(log_of(Release(number=1, live=LIVE, by="ann", at=AT)), AT, comparison))
    assert [line.split()[0] for line in lines if "%" in line and "posts" not in line] == ["live", "before"]
    assert [line.split()[0] for line in status(log_of(), AT, comparison) if line.startswith("file")] == ["file"] * 2


def test_an_entry_of_the_history_has_its_note_below() -> None:
    first = Release(number=1, live=LIVE, by="ann", at=AT)
    second = Release(number=2, live=CANARY, by="moderation", at=AT, note="rolled\nback")
    assert entry(None, first, 10) == "   1  2026-03-02 10:15:00 UTC  ann         live 1a2b3c4d5e6f"
    assert entry(first, second, 10) == (
        "   2  2026-03-02 10:15:00 UTC  moderation  live 99aabbccddee, was 1a2b3c4d5e6f\n      rolled\\nback"
    )


@pytest.mark.parametrize(("written", "share"), [("5%", 0.05), ("0.5 %", 0.005), ("0.25", 0.25), ("99.9%", 0.999)])
def test_a_share_of_the_authors_is_read(written: str, share: float) -> None:
    assert SHARE.convert(written, None, None) == pytest.approx(share)


@pytest.mark.parametrize("written", ["5", "0%", "100%", "1", "-1%", "five", "nan", "%"])
def test_what_is_no_share_is_refused(written: str) -> None:
    with pytest.raises(click.BadParameter, match="is no share of the authors: write 5%"):
        SHARE.convert(written, None, None)


@pytest.mark.parametrize(("written", "seconds"), [("30s", 30), ("30m", 1800), ("1h", 3600), ("2d", 172_800)])
def test_a_time_before_now_is_read(written: str, seconds: int) -> None:
    assert AGO.convert(written, None, None).total_seconds() == seconds


@pytest.mark.parametrize("written", ["1", "h", "1 week", "-1h", "99999999d"])
def test_what_is_no_time_is_refused(written: str) -> None:
    with pytest.raises(click.BadParameter, match="write 30s, 30m, 1h or 7d"):
        AGO.convert(written, None, None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["release", "x.yaml"], "say one of --shadow, --canary SHARE, --live"),
        (["release", "x.yaml", "--live", "--shadow"], "say one of --shadow, --canary SHARE, --live"),
        (["release", "x.yaml", "--live", "--without-tests", " "], "--without-tests takes a reason"),
        (["release", "x.yaml", "--live", "--by", "Moderation"], "is what the pipeline calls itself"),
        (["release", "x.yaml", "--live", "--by", " "], "it is not clear who you are: say --by NAME"),
        (["rollback", "--by", ""], "it is not clear who you are: say --by NAME"),
    ],
)
def test_what_cannot_work_is_refused_before_kafka_is_asked(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(moderation, ["policy", *arguments])
    assert result.exit_code != 0
    assert message in result.output + str(result.exception)


def test_new_is_a_file_or_the_hash_of_a_published_policy(tmp_path: Path) -> None:
    policy = parse_policy(POLICY)
    log = log_of(policies=(PublishedPolicy(name="test", hash=policy.hash, source=POLICY),))
    found = candidate(policy.hash[:8], log)
    assert (found.policy.hash, found.file) == (policy.hash, None)
    with pytest.raises(ReleaseError, match="neither a file nor the hash"):
        candidate("abcdef", log)
    with pytest.raises(PolicyError, match=r"x\.yaml.* cannot be read"):
        candidate(str(tmp_path / "x.yaml"), log)
    strange = PublishedPolicy(name="test", hash="f" * 64, source=POLICY)
    with pytest.raises(PolicyError, match="published as ffffffffffff, but this version reads it as"):
        candidate("ffff", log_of(policies=(strange,)))


def test_the_tests_of_a_policy_are_those_beside_it_that_are_about_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(POLICY)
    new = Candidate(load_policy(path), path, {str(path): POLICY})
    with pytest.raises(ReleaseError, match=r"has no tests in .*tests; name them with --tests FILE"):
        require_tests(new, ())
    tests = "tests: [{name: one, given: {text.hate: 0.9}, expect: {action: %s}}]\n"
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "another.yaml").write_text(tests % "hold")
    with pytest.raises(ReleaseError, match="has no tests in"):
        require_tests(new, ())
    (tmp_path / "tests" / "more.yaml").write_text(f"policy: ../mine.yaml\n{tests % 'remove'}")
    require_tests(new, ())
    assert "more.yaml: 1 test passed" in capsys.readouterr().out
    (tmp_path / "tests" / "mine.yaml").write_text(tests % "hold")
    with pytest.raises(ReleaseError, match=r"not released: 1 of 1 tests of .*mine\.yaml fail"):
        require_tests(new, ())
    require_tests(new, [tmp_path / "tests" / "more.yaml"])


@pytest.mark.parametrize(
    ("author", "by", "message"),
    [("ann", "bob", None), ("ann", " ANN ", "ann has proposed"), (None, "bob", "nobody has proposed")],
)
def test_four_eyes_are_two_people(author: str | None, by: str, message: str | None) -> None:
    known = PublishedPolicy(name="test", hash=LIVE, source="", author=author)
    if message is None:
        require_other_eyes(known, "test", by)
        return
    with pytest.raises(ReleaseError, match=message):
        require_other_eyes(known, "test", by)

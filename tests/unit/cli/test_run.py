"""`moderation run`: a file of posts in, a file of decisions out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from moderation import samples
from moderation.cli.run import command
from moderation.errors import ConfigurationError, ModerationError
from moderation.events import Decision, Scored

ROOT = Path(__file__).parents[3]
POLICY = str(ROOT / "policies" / "community-standards.yaml")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [*map(str, arguments), "--model", "stub", "--policy", POLICY])


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    path = tmp_path / "posts.jsonl"
    path.write_text('{"post_id": "a", "text": "one"}\n{"post_id": "b", "text": "two"}\n')
    return path


def test_valid_posts_give_decisions_on_standard_output_and_exit_code_0(posts: Path) -> None:
    result = run(posts)
    assert result.exit_code == 0, result.exception
    decisions = [Decision.model_validate_json(line) for line in result.stdout.splitlines()]
    assert [decision.post_id for decision in decisions] == ["a", "b"]
    assert "2 lines" in result.stderr


def test_short_lines_are_for_people(posts: Path) -> None:
    with posts.open("a") as file:
        file.write("no post\n")
    shown = run(posts, "--short").stdout.splitlines()
    decisions = [Decision.model_validate_json(line) for line in run(posts).stdout.splitlines()[:2]]
    assert [line.split()[:3] for line in shown[:2]] == [[own.action, "final", own.post_id] for own in decisions]
    assert shown[2].startswith("line 3: not JSON")


def test_each_sample_line_has_its_line_and_malformed_ones_make_the_exit_code_1(tmp_path: Path) -> None:
    output, records = tmp_path / "decisions.jsonl", tmp_path / "records.jsonl"
    result = run(samples.PATH, "-o", output, "--records", records)
    assert isinstance(result.exception, ModerationError)
    assert result.exception.exit_code == 1
    assert "8 of 77 lines are not valid posts" in str(result.exception)

    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert len(lines) == len(samples.lines())
    for number, (sent, got) in enumerate(zip(samples.lines(), lines, strict=True), 1):
        if "error" in got:
            assert (got["line"], set(got)) == (number, {"line", "error", "kind"})
        else:
            assert got["post_id"] == json.loads(sent)["post_id"]

    kept = [Scored.model_validate_json(line) for line in records.read_text().splitlines()]
    assert [record.post.post_id for record in kept] == [line["post_id"] for line in lines if "error" not in line]
    scored = json.loads(records.read_text().splitlines()[0])
    assert 0 <= scored["signals"]["text.hate"] <= 1


def test_a_clip_that_cannot_be_fetched_leaves_the_decision_to_the_policy(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    media = [{"media_id": "m", "kind": "video", "url": "file:///nowhere/m.mp4"}]
    path.write_text(json.dumps({"post_id": "p", "media": media}))
    decision = Decision.model_validate_json(run(path).stdout)
    assert (decision.stage, decision.action, decision.reasons) == ("final", "review", ("video_missing",))
    assert decision.lanes["video"] == "failed: forbidden scheme"


def test_pictures_are_looked_at_under_the_media_root_only(tmp_path: Path) -> None:
    path, root = tmp_path / "posts.jsonl", tmp_path / "media"
    root.mkdir()
    Image.effect_noise((64, 48), 40).convert("RGB").save(root / "m.png")
    (tmp_path / "other.png").write_bytes((root / "m.png").read_bytes())
    urls = [(root / "m.png").as_uri(), (tmp_path / "other.png").as_uri()]
    posts = [{"post_id": url[-9:], "media": [{"media_id": "m", "kind": "image", "url": url}]} for url in urls]
    path.write_text("".join(json.dumps(post) + "\n" for post in posts))
    decisions = [
        Decision.model_validate_json(line) for line in run(path, "--media-root", str(root)).stdout.splitlines()
    ]
    assert [(each.stage, each.lanes["image"]) for each in decisions] == [
        ("final", "scored"),
        ("final", "failed: forbidden path"),
    ]
    assert decisions[0].models["image.weapon"].startswith("image-weapons@")


def test_a_media_root_that_is_no_folder_is_refused_before_the_first_post(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text('{"post_id": "p"}\n')
    result = CliRunner().invoke(command, [str(path)], env={"MODERATION_MEDIA_ROOT": str(tmp_path / "none")})
    assert isinstance(result.exception, ConfigurationError)
    assert str(result.exception) == f"MODERATION_MEDIA_ROOT: {tmp_path / 'none'} is not a folder"


def test_the_same_posts_give_the_same_bytes(tmp_path: Path) -> None:
    outputs = [tmp_path / "1.jsonl", tmp_path / "2.jsonl"]
    for output in outputs:
        run(samples.PATH, "-o", output)
    assert outputs[0].read_bytes() == outputs[1].read_bytes()


def test_standard_input_is_read_to_its_end_without_a_last_line_end() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "moderation", "run", "-", "--model", "stub", "--policy", POLICY],
        input=b'{"post_id": "a", "text": "one"}\nnot JSON',
        capture_output=True,
        check=False,
    )
    first, second = map(json.loads, done.stdout.splitlines())
    assert (done.returncode, first["post_id"], second["kind"]) == (1, "a", "not_json"), done.stderr.decode()
    assert b"1 of 2 lines are not valid posts" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("option", ["-o", "--records"])
def test_the_input_is_never_overwritten(posts: Path, option: str) -> None:
    before = posts.read_bytes()
    link = posts.with_name("link.jsonl")
    link.symlink_to(posts)
    result = run(posts, option, link)
    assert "different files" in str(result.exception)
    assert posts.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["no-such.jsonl"], "no-such.jsonl: cannot be read: No such file or directory"),
        (["{posts}", "-o", "{folder}/no/out.jsonl"], "cannot be written: No such file or directory"),
        (["{posts}", "-o", "-", "--records", "-"], "cannot both be standard output"),
    ],
)
def test_what_cannot_work_is_said_in_one_sentence(posts: Path, arguments: list[str], says: str) -> None:
    result = run(*(argument.format(posts=posts, folder=posts.parent) for argument in arguments))
    assert isinstance(result.exception, ModerationError)
    assert says in str(result.exception)
    assert result.exception.exit_code == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("option", ["-o", ">"])
def test_a_full_disk_is_one_clear_sentence(posts: Path, option: str) -> None:
    command = [sys.executable, "-m", "moderation", "run", str(posts), "--model", "stub", "--policy", POLICY]
    with Path("/dev/full").open("wb") as full:
        into = ["-o", "/dev/full"] if option == "-o" else []
        result = subprocess.run(
            command + into, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, timeout=60, check=False
        )
    assert result.returncode == 1
    assert "error: the output cannot be written: No space left on device" in result.stderr
    assert "Traceback" not in result.stderr

"""A policy of several files: read as one, published as one text, every mistake shown in the file it stands in."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.cli.policy import command
from moderation.policy import PolicyError, evaluate, load_policy, parse_policy
from tests.unit.policy.builders import record
from tests.unit.policy.policies import contents

GOLDEN = Path(__file__).parent / "golden" / "including"
RULES = "rules: [{id: a, when: text.hate > 0.5, then: label, because: hate}]\n"
SPREADABLE = ("queues", "reasons", "facts", "lists", "signals", "thresholds", "rules")


def _files(folder: Path, **contents: str) -> Path:
    """The policy's file, after writing it and others: `lists__a` is lists/a.yaml, with `_txt` behind it lists/a.txt."""
    for name, content in contents.items():
        path = folder / (name.replace("__", "/").replace("_txt", ".txt") + ("" if name.endswith("_txt") else ".yaml"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder / "policy.yaml"


def _message(path: Path) -> str:
    with pytest.raises(PolicyError) as caught:
        load_policy(path)
    return str(caught.value)


def test_every_mistake_is_shown_in_the_file_it_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change of wording: run `moderation policy check policy.yaml` in that folder; read the difference."""
    monkeypatch.chdir(GOLDEN)
    expected = (GOLDEN / "messages.txt").read_text(encoding="utf-8")
    result = CliRunner().invoke(command, ["check", "policy.yaml"])
    assert (result.exit_code, result.stderr) == (1, expected)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_policy_means_the_same_in_one_file_in_many_and_as_published(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each section may lie in another file, or a part of its entries; files may include each other onwards."""
    content = data.draw(contents())
    whole = parse_policy(yaml.safe_dump(content, allow_unicode=True))
    files: list[dict[str, Any]] = [{}, {}, {}]
    main = dict(content)
    for section in SPREADABLE:
        part = main.get(section)
        if section == "rules":
            place, count = data.draw(st.integers(0, 2)), data.draw(st.integers(0, len(main["rules"]) - 1))
            files[place]["rules"] = main["rules"][:count]
            main["rules"] = main["rules"][count:]
        elif part and data.draw(st.booleans()):
            moved = data.draw(st.lists(st.sampled_from(list(part)), unique=True))
            place = data.draw(st.integers(0, 2))
            files[place][section] = {key: part[key] for key in moved}
            main[section] = {key: value for key, value in part.items() if key not in moved}
    folder = tmp_path_factory.mktemp("policy")
    main["include"] = ["parts/0.yaml", "parts/1.yaml"]
    files[1]["include"] = "more/2.yaml"
    files[0]["include"] = ["1.yaml"]
    (folder / "parts" / "more").mkdir(parents=True)
    for name, part in {"policy": main, "parts/0": files[0], "parts/1": files[1], "parts/more/2": files[2]}.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(part or {"rules": None}, allow_unicode=True), "utf-8")
    loaded = load_policy(folder / "policy.yaml")
    assert loaded.hash == whole.hash
    alone = parse_policy(loaded.source)
    assert (alone.hash, alone.rules, alone.signals, alone.reasons) == (
        loaded.hash,
        loaded.rules,
        loaded.signals,
        loaded.reasons,
    )


def test_a_policy_that_includes_nothing_is_published_as_it_is_written(tmp_path: Path) -> None:
    text = f"# why\npolicy: p\n{RULES}"
    assert load_policy(_files(tmp_path, policy=text)).source == text


WORDS = """\
# Terms of our board.

Kill Yourself
  drittsekk\t
#tag
naïve # not a comment
kill yourself
- x: y
'quoted
日本語
"""


def test_a_list_from_files_has_a_term_per_line_and_is_published_with_the_policy(tmp_path: Path) -> None:
    head = "policy: p\nlists: {words: {from: [lists/words.txt, lists/more.txt]}, ours: {lines: 'no'}}\n"
    rules = (
        "rules:\n"
        "  - {id: a, when: 'any_word(post.text, words)', then: label, because: hate}\n"
        "  - {id: b, when: text.language in ours, then: review, because: hate}\n"
    )
    loaded = load_policy(
        _files(tmp_path, policy=head + rules, lists__words_txt=WORDS, lists__more_txt="\ufeffmore\r\n")
    )
    terms = (
        "Kill Yourself",
        "drittsekk",
        "#tag",
        "naïve # not a comment",
        "kill yourself",
        "- x: y",
        "'quoted",
        "日本語",
        "more",
    )
    assert loaded.lists == {"words": terms, "ours": ("no",)}
    assert loaded.list_files == {"words": (str(tmp_path / "lists/words.txt"), str(tmp_path / "lists/more.txt"))}
    alone = parse_policy(loaded.source)
    assert (alone.hash, alone.lists) == (loaded.hash, loaded.lists)
    written = f"policy: p\nlists: {json.dumps({'words': terms, 'ours': ['no']})}\n{rules}"
    assert parse_policy(written).hash == loaded.hash
    made = record(text="So KILL  yourself, then")
    assert evaluate(made, alone).decision.to_json() == evaluate(made, loaded).decision.to_json()


def test_a_changed_term_changes_the_hash(tmp_path: Path) -> None:
    text = f"policy: p\nlists: {{w: {{from: w.txt}}}}\n{RULES.replace('text.hate > 0.5', '''any_word(post.text, w)''')}"
    text = text.replace("when: any_word(post.text, w)", "when: 'any_word(post.text, w)'")
    first = load_policy(_files(tmp_path, policy=text, w_txt="one\ntwo\n"))
    same = load_policy(_files(tmp_path, w_txt="# Numbers.\ntwo\none\n"))
    other = load_policy(_files(tmp_path, w_txt="one\nthree\n"))
    assert first.hash == same.hash != other.hash


def test_check_counts_the_terms_of_lists_from_files(tmp_path: Path) -> None:
    path = _files(tmp_path, policy=f"policy: p\nlists: {{w: {{from: w.txt}}}}\n{RULES}", w_txt="one\ntwo\n")
    result = CliRunner().invoke(command, ["check", str(path)])
    assert f"list w: 2 terms from {tmp_path / 'w.txt'}" in result.stdout
    (found,) = json.loads(CliRunner().invoke(command, ["check", "--json", str(path)]).stdout)
    assert (found["lists"], found["files"]) == ({"w": 2}, [str(path), str(tmp_path / "w.txt")])


@pytest.mark.parametrize("written", ["../secret.yaml", "a/../../secret.yaml", "link.yaml", "loop.yaml"])
def test_nothing_above_the_policys_folder_is_read_not_even_through_a_link(tmp_path: Path, written: str) -> None:
    (tmp_path / "secret.yaml").write_text(RULES)
    folder = tmp_path / "policies"
    path = _files(folder, policy=f"policy: p\ninclude: {written}\n{RULES}")
    (folder / "a").mkdir()
    (folder / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (folder / "loop.yaml").symlink_to(folder / "loop.yaml")
    assert f"{path}:2:10: '{written}'" in _message(path)
    assert "secret" not in _message(path).replace(written, "")


def test_a_folder_of_links_as_a_config_map_is_mounted_can_be_included_from(tmp_path: Path) -> None:
    version = tmp_path / "..2026"
    path = _files(version, policy=f"policy: p\ninclude: [more.yaml]\n{RULES}", more="facts: {age: number}\n")
    for name in ("policy.yaml", "more.yaml"):
        (tmp_path / name).symlink_to(version / name)
    assert load_policy(tmp_path / path.name).facts.keys() == {"age"}


def test_a_policy_that_is_no_file_cannot_include() -> None:
    with pytest.raises(PolicyError, match="cannot be read by a policy that is no file itself"):
        parse_policy(f"policy: p\ninclude: [a.yaml]\n{RULES}")


def test_an_error_names_the_files_that_were_looked_at(tmp_path: Path) -> None:
    path = _files(tmp_path, policy=f"policy: p\ninclude: [a.yaml]\n{RULES}")
    with pytest.raises(PolicyError) as caught:
        load_policy(path)
    assert list(caught.value.files) == [path, tmp_path / "a.yaml"]
    assert caught.value.files[tmp_path / "a.yaml"] is None


def test_what_is_too_large_to_be_published_is_refused(tmp_path: Path) -> None:
    path = _files(
        tmp_path, policy=f"policy: p\nlists: {{w: {{from: w.txt}}}}\n{RULES}", w_txt="\n".join(map(str, range(200_000)))
    )
    assert "with all it includes, a policy may have 900,000 bytes" in _message(path)

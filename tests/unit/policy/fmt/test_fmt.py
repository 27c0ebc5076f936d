"""What a policy means, says and remarks on is the same after formatting; its style is the same whoever wrote it."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings

from moderation.policy import PolicyError, parse_policy
from moderation.policy.fmt import formatted
from moderation.review.rules import SHIPPED as OURS
from tests.unit.policy.fmt.commented import commented

ROOT = Path(__file__).parents[4]
GOLDEN = Path(__file__).parents[1] / "golden" / "fmt"
COMMENT = re.compile(r"# (?:above|behind|within) \d+")


def comments(text: str) -> list[tuple[str, int]]:
    """The generated comments in their order, each with the number of keys and values that begin before it."""
    tokens = yaml.scan(text, Loader=yaml.SafeLoader)
    begins = [token.start_mark.index for token in tokens if isinstance(token, yaml.ScalarToken)]
    return [(match[0], sum(index < match.start() for index in begins)) for match in COMMENT.finditer(text)]


def above_keys(text: str, indented: str = "+") -> list[tuple[str, str]]:
    """The generated comments that stand right above a key and as far to the right, each with the key; not the first.

    `indented` repeats the blank: what stood within braces may come out at the edge.
    """
    pattern = rf"^( {indented})({COMMENT.pattern})\n\1(['\"\w.]+):"
    return sorted((match[2], match[3].strip("'\"")) for match in re.finditer(pattern, text, re.MULTILINE))


@settings(max_examples=60, deadline=None)
@given(commented())
def test_a_policy_means_the_same_and_keeps_its_comments_and_texts(text: str) -> None:
    found = formatted(text, "p.yaml")
    before, after = parse_policy(text), parse_policy(found)
    assert after.hash == before.hash
    assert after.description == before.description
    assert [rule.note for rule in after.rules] == [rule.note for rule in before.rules]
    assert after.reasons == before.reasons
    assert after.lists == before.lists
    assert sorted(COMMENT.findall(found)) == sorted(COMMENT.findall(text))
    assert set(above_keys(text)) <= set(above_keys(found, "*"))
    assert formatted(found, "p.yaml") == found


@settings(max_examples=40, deadline=None)
@given(commented(shuffled=False))
def test_every_comment_stays_between_the_same_two_words(text: str) -> None:
    assert comments(formatted(text, "p.yaml")) == comments(text)


def test_a_policy_that_nobody_tidied_comes_out_in_style() -> None:
    before, after = ((GOLDEN / f"{name}.yaml").read_text() for name in ("before", "after"))
    assert formatted(before, "p.yaml") == after


SHIPPED = sorted({*(ROOT / "policies").glob("*.yaml"), *(ROOT / "policies" / "tests").glob("*.yaml")} - {ROOT / OURS})


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_the_policies_that_ship_are_in_style(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert formatted(text, path.name) == text, f"run: moderation policy fmt {path}"


@pytest.mark.parametrize(
    ("written", "styled"),
    [
        ("text.hate>=.9and not(a or b)", "text.hate >= .9 and not (a or b)"),
        ("max( a,b )  >= - 0.5", "max(a, b) >= -0.5"),
        ("x in['a',\"b  c\"]", "x in ['a', \"b  c\"]"),
        ("a-b*-c<0.4<= d", "a - b * -c < 0.4 <= d"),
        ("0.9 if a else(b)", "0.9 if a else (b)"),
        ("f ( post . text )", "f(post.text)"),
        ("text.hate  >=  0.9 &&  a", "text.hate  >=  0.9 &&  a"),
        ("(a  >", "(a  >"),
    ],
)
def test_conditions_are_spaced_and_what_cannot_be_read_is_left_alone(written: str, styled: str) -> None:
    source = "policy: p\n\nrules:\n  - id: a\n    when: {}\n    then: label\n    because: hate\n"
    assert formatted(source.format(written), "p.yaml") == source.format(styled)


@pytest.mark.parametrize(
    ("written", "styled"),
    [
        ("note: 'plain words'", "note: plain words"),
        ('note: "no"', 'note: "no"'),
        ("note: '0o17'", 'note: "0o17"'),
        ("note: 'a: b'", 'note: "a: b"'),
        ("note: 'say \"a: b\"'", "note: 'say \"a: b\"'"),
        ('note: "a\\tb"', 'note: "a\\tb"'),
        ("note: >-\n  one\n  line", "note: one line"),
        ("note: |\n  two\n  lines\n", "note: |\n  two\n  lines"),
        ("exempt: [ a,b , 'c d' ]", "exempt: [a, b, c d]"),
        ("exempt:\n- a\n-   b", "exempt:\n  - a\n  - b"),
        ("lists: {a: [b,\n   c]}", "lists: {a: [b, c]}"),
        ("lists: {a: {}, # why\n b: []}", "lists:\n  a: {}  # why\n  b: []"),
    ],
)
def test_quotes_stand_only_where_needed_and_lists_stay_as_chosen(written: str, styled: str) -> None:
    assert formatted(written, "p.yaml") == styled + "\n"


def test_sections_stay_where_a_comment_would_begin_to_count_for_the_whole_file() -> None:
    text = "# Head.\nfacts: {a: number}\n\n# lint: ignore[no-default]\npolicy: p\n"
    assert formatted(text, "p.yaml") == text


def test_line_ends_and_byte_order_marks_of_other_systems_are_gone() -> None:
    assert formatted("\ufeffpolicy: p\r\n\r\n\r\n# c\r\nfacts: {a: number}\r\n", "p.yaml") == (
        "policy: p\n\n# c\nfacts: {a: number}\n"
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("policy: [a\n", "p.yaml:2:1: not valid YAML"),
        ("policy: !!str a\n", "p.yaml:1:9: a tag (!) is not formatted"),
        ("policy: &x a\n", "p.yaml:1:9: an anchor (&) is not formatted"),
        ("%YAML 1.1\n---\npolicy: a\n", "p.yaml:1:1: a directive (%) is not formatted"),
        ("- a\n", "p.yaml:1:1: a policy must be a mapping"),
        ("policy: a\n? [b]\n: c\n", "p.yaml:2:3: a key must be a plain name"),
        ("", "p.yaml:1:1: the file is empty"),
    ],
)
def test_what_cannot_be_formatted_safely_is_refused_with_its_place(source: str, message: str) -> None:
    with pytest.raises(PolicyError, match=re.escape(message)):
        formatted(source, "p.yaml")

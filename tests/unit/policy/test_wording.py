"""Lists of words and domains looked up in the text of a post: what is found, what is not, what a decision says."""

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.policy import PolicyError, evaluate, parse_policy
from moderation.policy.functions import TEXT_FUNCTIONS
from moderation.policy.wording import Wording
from tests.unit.policy.builders import policy, record


def _value(function: str, terms: list[str], text: str) -> Any:
    """What a condition sees: the value of the function, by way of a decision."""
    head = f"lists: {{l: {{lines: {_quoted(terms)}}}}}\nsignals: {{s: '{function}(post.text, l)'}}"
    test = "s >= 0" if function == "count_words" else "s or not s"
    decision = evaluate(
        record(text=text), policy(f"{{id: a, when: '{test}', then: label, because: hate}}", head)
    ).decision
    return decision.rules[0].values[f"{function}(post.text, l)"]


def _quoted(terms: list[str]) -> str:
    return '"' + "\\n".join(term.replace("\\", "\\\\").replace('"', '\\"') for term in terms) + '"'


@pytest.mark.parametrize(
    ("terms", "text", "found"),
    [
        (["slur"], "A SLUR!", True),
        (["slur"], "slurry, unslur, slur1", False),
        (["slur"], "so-called (slur)", True),
        (["slur"], "_slur_ and x_slur", True),
        (["slur"], "ｓｌｕｒ", True),
        (["slur"], "s\u200blu\u00adr", True),
        (["slur"], "", False),
        (["STRASSE"], "die Straße", True),
        (["straße"], "STRASSE", True),
        (["naïve"], "nai\u0308ve", True),
        (["naive"], "naïve", False),
        (["kill yourself"], "Kill\n yourself.", True),
        (["kill yourself"], "kill, yourself; yourself kill", False),
        (["kill yourself"], "go and kill", False),
        (["a$$hole"], "you a$$hole", True),
        (["a$$hole"], "a hole", False),
        (["c++"], "I like C++.", True),
        (["#tag"], "see #Tag", True),
        (["#tag"], "a tag", False),
        (["a_b"], "é a_b", True),
        (["a_b"], "é ab a b", False),
        (["हिन"], "हिन्दी", False),
        (["हिन्दी"], "यह हिन्दी है", True),
        (["日本"], "これは日本語です", True),
        (["🖕"], "you 🖕🏽", True),
        ([], "anything", False),
    ],
)
def test_a_word_is_found_whole_whatever_its_case_and_width(terms: list[str], text: str, found: bool) -> None:
    assert _value("any_word", terms, text) is found


@pytest.mark.parametrize(
    ("terms", "text", "count"),
    [
        (["a", "b"], "a b A c ab", 3),
        (["kill yourself", "kill"], "kill yourself, kill", 3),
        (["日本"], "日本と日本語", 2),
        (["a"], "none", 0),
    ],
)
def test_every_occurrence_counts(terms: list[str], text: str, count: int) -> None:
    assert _value("count_words", terms, text) == count


@pytest.mark.parametrize(
    ("domains", "text", "found"),
    [
        (["evil.com"], "see https://www.Evil.com/path?x=1", True),
        (["evil.com"], "evil.com.", True),
        (["evil.com"], "write to me@mail.evil.com, please", True),
        (["evil.com"], "https://good.org@evil.com/", True),
        (["evil.com"], "notevil.com evil.com.au evil. com", False),
        (["evil.com"], "ｅｖｉｌ．ｃｏｍ evil。com", True),
        (["*.evil.com"], "evil.com", True),
        (["bücher.de"], "http://xn--bcher-kva.de/", True),
        (["xn--bcher-kva.de"], "BÜCHER.de", True),
        (["zip"], "get it: photos.zip", True),
        (["zip"], "zip it", False),
        (["example.org"], "a..b ... .example.org- -", True),
        ([], "evil.com", False),
    ],
)
def test_a_domain_is_found_with_all_below_it(domains: list[str], text: str, found: bool) -> None:
    assert _value("any_domain", domains, text) is found


MARKS = "\u093f"  # of those that the alphabet has
WORDS = st.text(alphabet="aAßé'_कि$🖕", min_size=1, max_size=5)


def _slowly(term: str, text: str) -> int:
    """How often a term stands in a text with no letter, digit or mark of a word around it; one character at a time.

    Blank space beside a sign that is part of no word makes no difference.
    """
    term, text = (unicodedata.normalize("NFKC", written).casefold() for written in (term, text))
    text = re.sub(rf"\s*([^\w\s{MARKS}]|_)\s*", r"\1", text)
    marks = [bool(re.match(r"[^\W_]", sign)) or unicodedata.category(sign)[0] == "M" for sign in text]
    count = 0
    for start in range(len(text) - len(term) + 1):
        end = start + len(term)
        before = start > 0 and marks[start - 1] and marks[start]
        after = end < len(text) and marks[end] and marks[end - 1]
        count += text[start:end] == term and not before and not after
    return count


@settings(max_examples=150, deadline=None)
@given(WORDS, st.lists(WORDS | st.sampled_from([" ", "\n", ", ", "_", "."]), max_size=12).map("".join))
def test_words_are_found_where_the_slow_reference_finds_them(term: str, text: str) -> None:
    count = _slowly(term, text)
    assert TEXT_FUNCTIONS["count_words"].finder([term])(Wording(text)) == count
    assert TEXT_FUNCTIONS["any_word"].finder([term])(Wording(text)) is (count > 0)


def test_a_decision_and_its_review_tell_what_was_found_and_never_what_was_written() -> None:
    rules = "{id: a, when: 'any_word(post.text, l) and count_words(post.text, l) > 1', then: remove, because: hate}"
    loaded = policy(rules, "lists: {l: [slur, secret]}")
    decision = evaluate(record(text="A slur, and a Secret thing"), loaded).decision
    assert decision.rules[0].values == {"any_word(post.text, l)": True, "count_words(post.text, l)": 2}
    assert b"ecret" not in decision.to_json()


def test_a_text_is_known_while_every_lane_is_pending() -> None:
    loaded = policy("{id: a, when: 'any_word(post.text, l)', then: remove, because: hate}", "lists: {l: [slur]}")
    decision = evaluate(record(lanes={"text": "pending"}, text="slur"), loaded).decision
    assert (decision.action, decision.stage) == ("remove", "final")


def test_rules_and_signals_may_share_a_function_of_a_list() -> None:
    rules = "{id: a, when: 'hits > 0 and count_words(post.text, l) < 3', then: label, because: hate}"
    head = "lists: {l: [slur], m: [slur]}\nsignals: {hits: 'count_words(post.text, l) + count_words(post.text, m)'}"
    (rule,) = evaluate(record(text="slur"), policy(rules, head)).decision.rules
    assert rule.values == {"count_words(post.text, l)": 1, "count_words(post.text, m)": 1, "hits": 2}


@pytest.mark.parametrize(("function", "term"), [("any_word", "\u200b"), ("any_domain", "a b.c"), ("any_domain", ".")])
def test_a_term_that_cannot_be_found_is_refused(function: str, term: str) -> None:
    with pytest.raises(PolicyError, match=f"{function}\\(\\) cannot look for"):
        parse_policy(
            f'policy: p\nlists: {{l: {{lines: "{term}"}}}}\n'
            f"rules: [{{id: a, when: '{function}(post.text, l)', then: label, because: hate}}]"
        )


@pytest.mark.parametrize("piece", ["a\u0301\u0323", "a.", "xn--", "-", "\u0301", "日", "a_"])
def test_a_hostile_text_takes_no_more_than_linear_time(piece: str) -> None:
    """Quadratic, the longest of these would take hours; the suite's timeout is what fails it."""
    for function, terms in {"count_words": ["a a", "日本"], "any_domain": ["b.c"]}.items():
        assert _value(function, terms, "é " + piece * 60_000) is not None

"""A backtest decides as workers do: on a row of a history what `evaluate` decides on the record behind it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.backtest.outcomes import Outcome, Redecided
from moderation.events import Decision, Scalar, Scored
from moderation.history.reading import pieces, read
from moderation.history.rows import Row, of_decision, of_record
from moderation.history.writing import write
from moderation.policy import Circumstances, Policy, evaluate, parse_policy
from tests.unit.policy.builders import record
from tests.unit.policy.test_expressions import FACTS, booleans, numbers, situations, units
from tests.unit.policy.test_finality import journeys, policies

pytestmark = pytest.mark.usefixtures("later_lanes")

STATE = ("author.posts(10m)", "author.strikes", "domain.authors(1h)")
LISTS = "lists: {places: [de, comment], words: [touch grass, zoomer], domains: [example.com]}"
TEXTS = st.sampled_from(["", "go, touch grass", "Zoomer! zoomer", "see example.com/a", "nothing"])


def rows(records: Iterable[Scored]) -> list[Row]:
    return [of_record(made) for made in records]


def redecided(policy: Policy, rows: Sequence[Row], folder: Path, form: Any) -> list[Outcome | None]:
    """What a backtest makes of rows that went through a file."""
    file = folder / f"history.{form}"
    write(lambda: iter(rows), file, form)
    side = Redecided(policy)
    frames = [read(piece, side.names, side.names) for piece in pieces([file])]
    return list(side.outcomes(pl.concat(frames))) if frames else []


def outcome(decision: Decision) -> dict[str, Any]:
    """A decision as far as a backtest knows it."""
    row = of_decision(decision)
    return {
        "action": row["decision.action"],
        "reasons": row["decision.reasons"],
        "rules": row["decision.rules"],
        "provisional": row["decision.stage"] == "provisional",
        "undetermined": sorted(own.rule for own in decision.undetermined if own.rule.startswith("r")),
    }


def told(found: Outcome | None) -> dict[str, Any]:
    assert found is not None
    return {
        "action": found.action,
        "reasons": list(found.reasons),
        "rules": list(found.rules),
        "provisional": found.provisional,
        "undetermined": sorted(found.undetermined),
    }


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
@settings(max_examples=15, deadline=None)
@given(
    conditions=st.lists(booleans(3), min_size=1, max_size=4),
    derived=st.tuples(numbers(2), booleans(2), units(2)),
    worlds=st.lists(situations(), min_size=1, max_size=6),
    texts=st.lists(TEXTS, min_size=6, max_size=6),
)
def test_conditions_hold_for_a_row_as_for_its_record(
    conditions: list[str],
    derived: tuple[str, str, str],
    worlds: list[Any],
    texts: list[str],
    form: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    signals = dict(zip(("n", "b", "u"), derived, strict=True))
    own = ["n > 0.5", "b", "known(u)", "u >= 0.5", "any_word(post.text, words)", "count_words(post.text, words) > 1"]
    rules = [
        {"id": f"r{i}", "when": text, "then": "label", "because": "hate"} for i, text in enumerate([*conditions, *own])
    ]
    policy = parse_policy(f"policy: p\n{FACTS}\n{LISTS}\nsignals: {json.dumps(signals)}\nrules: {json.dumps(rules)}\n")
    records = [
        made.model_copy(update={"post": made.post.model_copy(update={"text": text})})
        for (made, _), text in zip(worlds, texts, strict=False)
    ]
    found = redecided(policy, rows(records), tmp_path_factory.mktemp("history"), form)
    assert list(map(told, found)) == [outcome(evaluate(made, policy).decision) for made in records]


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
@settings(max_examples=15, deadline=None)
@given(content=policies(), posts=st.lists(journeys(), min_size=1, max_size=4))
def test_lanes_floors_exemptions_and_contradictions_weigh_for_a_row_as_for_its_record(
    content: dict[str, Any], posts: list[list[Scored]], form: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    policy = parse_policy(json.dumps(content))
    records = [made for journey in posts for made in journey]
    found = redecided(policy, rows(records), tmp_path_factory.mktemp("history"), form)
    assert list(map(told, found)) == [outcome(evaluate(made, policy).decision) for made in records]


@settings(max_examples=15, deadline=None)
@given(
    remembered=st.lists(
        st.dictionaries(st.sampled_from(STATE), st.integers(0, 9) | st.floats(0, 9), max_size=3), min_size=1, max_size=5
    ),
    stopped=st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_what_was_remembered_and_the_breakers_that_were_open_count_again(
    remembered: list[Mapping[str, Scalar]], stopped: list[bool], tmp_path_factory: pytest.TempPathFactory
) -> None:
    rules = [
        {"id": "r0", "when": 'author.posts("10m") > 3', "then": "remove", "because": "spam"},
        {"id": "r1", "when": "author.strikes >= 2 or text.hate > 0.5", "then": "restrict", "because": "hate"},
        {"id": "r2", "when": 'known(domain.authors("1h"))', "then": "label", "because": "spam"},
    ]
    breakers = "breakers: {too-many: {action: remove, per_minute: 5}}"
    policy = parse_policy(f"policy: p\n{breakers}\nrules: {json.dumps(rules)}\n")
    under = [
        Circumstances(state, frozenset({"too-many"} if stop else ()))
        for state, stop in zip(remembered, stopped, strict=False)
    ]
    decisions = [evaluate(record(), policy, own).decision for own in under]
    lines = [{**of_record(record()), **of_decision(decision)} for decision in decisions]
    found = redecided(policy, lines, tmp_path_factory.mktemp("history"), "parquet")
    assert list(map(told, found)) == list(map(outcome, decisions))


def test_variants_decide_by_surface_and_language(tmp_path: Path) -> None:
    policy = parse_policy("""
policy: p
rules:
  - id: r-hate
    when: text.hate >= 0.9
    then: remove
    because: hate
    variants:
      - {name: names, for: post.surface == "username", when: text.hate >= 0.5, then: hold}
      - {name: german, for: text.language == "de", then: review}
""")
    records = [
        record({"text.hate": score}, {"text.language": language}, surface=surface)
        for score in (0.4, 0.6, 0.95)
        for language in ("de", "en")
        for surface in ("username", "post")
    ]
    found = redecided(policy, rows(records), tmp_path, "parquet")
    assert list(map(told, found)) == [outcome(evaluate(made, policy).decision) for made in records]
    assert {own.action for own in found if own} == {"allow", "hold", "review", "remove"}


def test_without_a_text_what_looks_through_it_is_unknown(tmp_path: Path) -> None:
    policy = parse_policy(
        f"policy: p\n{LISTS}\nrules:\n"
        "  - {id: r0, when: 'any_word(post.text, words)', then: remove, because: spam}\n"
        "  - {id: r1, when: 'any_word(post.text, words) or text.hate > 0.5', then: label, because: hate}\n"
    )
    made = rows([record({"text.hate": 0.9}, text="zoomer"), record(text="zoomer")])
    for row in made:
        del row["text"]
    first, second = redecided(policy, made, tmp_path, "parquet")
    assert first is not None
    assert second is not None
    assert (first.action, first.undetermined) == ("label", ("r0",))
    assert (second.action, second.undetermined) == ("allow", ("r0", "r1"))
    assert second.lacking == ("any_word(post.text, words)",)

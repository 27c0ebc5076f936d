"""What is said to be impossible never happens: whatever a search refutes, no record brings about."""

import itertools
import json
import random
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from moderation.events import LaneState, Scored
from moderation.policy import Policy, parse_policy
from moderation.policy.lint.logic import Claim, Search
from tests.unit.policy.builders import record
from tests.unit.policy.test_expressions import FACTS, booleans, situations

pytestmark = pytest.mark.usefixtures("later_lanes")

# Few names and few numbers, so that conditions often exclude or imply each other.
numbers = st.sampled_from(
    [
        *("text.hate", "text.spam", "facts.age", "(-text.hate)", "abs(facts.age)", "(text.hate - 0.5)"),
        *("max(text.hate, text.spam)", "min(text.hate, text.spam)", "noisy_or(text.hate, text.spam)"),
        *("(text.hate + text.spam)", "(1 / facts.age)", "(text.hate if facts.trusted else text.spam)", "worst"),
    ]
)
literals = st.sampled_from(["0", "0.25", "0.5", "(0.5 + 0.25)", "1"])
texts = st.sampled_from(
    ["post.language", "lower(post.language)", "post.change", "('de' if facts.trusted else post.language)"]
)
words = st.sampled_from(["'de'", "'en'", "'DE'", "'edited'"])
listed = st.sampled_from(["['de', 'en']", "['DE']", "['created', 'edited']"])


def _infix(left: str, word: str, right: str) -> str:
    return f"({left} {word} {right})"


atoms = (
    st.builds(_infix, numbers, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), numbers | literals)
    | st.builds(_infix, texts, st.sampled_from(["==", "!="]), texts | words)
    | st.builds(_infix, texts, st.sampled_from(["in", "not in"]), listed)
    | st.sampled_from(["facts.trusted", "known(facts.age)", "known(text.hate)", "(not known(post.language))", "calm"])
)
conditions = st.recursive(
    atoms,
    lambda inner: (
        st.builds(_infix, inner, st.sampled_from(["and", "or", "==", "!="]), inner)
        | inner.map(lambda own: f"(not {own})")
        | st.builds(lambda a, b, c: f"({a} if {b} else {c})", inner, inner, inner)
    ),
    max_leaves=5,
)
SIGNALS = "signals: {worst: 'max(text.hate, facts.age)', calm: 'text.hate < 0.5 and not facts.trusted'}"


QUICK = settings(  # no shrinking: a search that is wrong is wrong for many, and shrinking takes minutes
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def _record(hate: float | None, spam: float | None, age: float | None, trusted: bool | None, *rest: str) -> Scored:
    language, change, state = rest
    facts = {name: value for name, value in (("age", age), ("trusted", trusted)) if value is not None}
    known = {name: value for name, value in (("text.hate", hate), ("text.spam", spam)) if value is not None}
    lanes: dict[str, LaneState] = {"text": state}  # type: ignore[dict-item]
    made = record(lanes=lanes, facts=facts, language=language or None, change=change)  # type: ignore[arg-type]
    return made.model_copy(update={"signals": known})


SCORED = list(
    itertools.product(
        *([None, 0.0, 0.25, 0.5, 0.75, 1.0], [None, 0.0, 0.25, 0.6, 1.0], [None, 0, 0.5, -1, 7], [None, True, False]),
        *(["", "de", "DE", "fr", "edited"], ["created", "edited"], ["scored"]),
    )
)
UNSCORED = list(
    itertools.product(
        *([None], [None], [None, 0, 0.5, 7], [None, True, False]),
        *(["", "de", "DE"], ["created", "edited"], ["pending", "failed"]),
    )
)
MADE = [_record(*values) for values in [*random.Random(0).sample(SCORED, 500), *random.Random(0).sample(UNSCORED, 40)]]


def _policy(texts: Sequence[str]) -> Policy:
    rules = [{"id": f"r{i:02}", "when": text, "then": "label", "because": "hate"} for i, text in enumerate(texts)]
    return parse_policy(
        f"policy: p\n{FACTS}\n{SIGNALS}\nlists: {{places: [de, comment]}}\nrules: {json.dumps(rules)}\n"
    )


def _refuted_but_seen(policy: Policy, records: Sequence[Scored]) -> list[str]:
    """What a search says cannot be, and a record shows."""
    program = policy.program
    search = Search({name.name: name for name in program.names}, program.derived)
    findings = [program.run(made) for made in records]
    fired = [set(found.fired) for found in findings]
    not_false = [{*found.fired, *found.undetermined} for found in findings]
    seen = list(zip(fired, not_false, strict=True))
    when = [rule.when for rule in policy.rules]
    wrong = []
    for index, node in enumerate(program.conditions):
        if any(index in own for own in fired) and search.impossible(Claim(node, "true")):
            wrong.append(f"never: {when[index]}")
        if any(index not in own for own in not_false) and search.impossible(Claim(node, "false")):
            wrong.append(f"always: {when[index]}")
        for other, second in enumerate(program.conditions):
            apart = any(index in own and other not in own for own in fired)
            if apart and search.impossible(Claim(node, "true"), Claim(second, "not true")):
                wrong.append(f"{when[index]} implies {when[other]}")
            differ = any((index in f) != (other in f) or (index in n) != (other in n) for f, n in seen)
            if differ and search.same(node, second):
                wrong.append(f"{when[index]} is {when[other]}")
    return wrong


@QUICK
@given(st.lists(conditions, min_size=2, max_size=5))
def test_nothing_that_is_refuted_happens(texts: list[str]) -> None:
    assert not _refuted_but_seen(_policy(texts), MADE)


@QUICK
@given(st.lists(booleans(3), min_size=2, max_size=4), st.lists(situations(), min_size=4, max_size=12))
def test_nothing_that_is_refuted_happens_in_the_whole_language(texts: list[str], worlds: list[object]) -> None:
    records = [world[0] for world in worlds]  # type: ignore[index]
    assert not _refuted_but_seen(_policy(texts), records)


@pytest.mark.parametrize(
    "condition",
    [
        "post.language not in []",
        "not (post.language in [])",
        "('de' if facts.trusted else 'en') in ['de', 'en']",
        "not (('de' if facts.trusted else 'en') == 'fr')",
    ],
)
def test_what_is_so_for_every_text_is_still_unknown_while_the_text_is(condition: str) -> None:
    unknown = _record(0.9, None, None, None, "", "created", "scored")
    assert not _refuted_but_seen(_policy(["text.hate > 0.5", condition]), [unknown])


def test_a_search_without_an_end_gives_up_on_the_safe_side() -> None:
    chain = " and ".join(f"(text.hate != {i / 100} or text.spam != {i / 100})" for i in range(30))
    deep = "signals: {s0: text.hate, " + ", ".join(f"s{i}: s{i - 1} + s{i - 1}" for i in range(1, 400)) + "}"
    rules = "rules: [{id: a, when: s399 < -1, then: label, because: hate}]"
    policy = parse_policy(f"policy: p\n{deep}\n{rules}")
    wide = _policy([chain])
    for made in (policy, wide):
        program = made.program
        search = Search({name.name: name for name in program.names}, program.derived)
        search.impossible(Claim(program.conditions[0], "true"))  # ends
    assert not search.impossible(Claim(wide.program.conditions[0], "true"))


def test_every_text_in_small_letters_stays_as_it_is() -> None:
    """`lower()` gives nothing that `lower()` would change: what the search knows of it."""
    lowered = "".join(map(chr, range(0x110000))).lower()
    assert lowered.lower() == lowered

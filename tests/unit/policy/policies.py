"""Policies that are right, drawn at random: every section, every way of leaving things out."""

from copy import copy
from typing import Any

from hypothesis import strategies as st

from moderation.events import LANES, SEVERITY
from moderation.taxonomy import Category

NAMES = st.sampled_from(["alpha", "beta", "gamma_2", "on", "true"])
IDS = st.sampled_from(["a", "hate-look", "5", "1.5", "true", "No", "1e3", "x_y.z"])
WORDS = st.sampled_from(["a", "é", "no", "5", "true", "2026-01-01", "x: y", " ", "", "# no", "'", "two words", "~"])
TIMES = st.sampled_from(["500ms", "10s", "3m", "2h", "1d", "none"])
FACTORS = st.sampled_from([1, 0.5, 1000, "2", ".5", 3.0])
ACTIONS = st.sampled_from(SEVERITY)
CONDITIONS = st.sampled_from(
    [
        "text.hate >= 0.9",
        "true",
        "True",
        "post.surface in ['a', \"b\"]",
        "text.hate > 0.5 and\nnot text.truncated",
        True,
    ]
)
EXPRESSIONS = st.sampled_from(["max(text.hate, text.spam)", "0.5", 0.5, "text.language", "text.truncated", True])


def _some(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping that has some of the keys; those it has may be empty."""
    return st.fixed_dictionaries({}, optional={key: st.none() | value for key, value in keys.items()})


def _facts() -> st.SearchStrategy[Any]:
    full = [
        st.fixed_dictionaries(
            {"type": st.just(kind)}, optional={"default": st.none() | default, "description": st.none() | WORDS}
        )
        for kind, default in (
            ("number", st.sampled_from([1, "2", 0.5, -1])),
            ("string", WORDS),
            ("boolean", st.booleans() | st.just("TRUE")),
        )
    ]
    return st.dictionaries(NAMES, st.sampled_from(["number", "string", "boolean"]) | st.one_of(full), max_size=3)


def _variants() -> st.SearchStrategy[Any]:
    variant = st.fixed_dictionaries(
        {"name": IDS, "for": CONDITIONS, "then": ACTIONS}, optional={"when": st.none() | CONDITIONS, "note": WORDS}
    )
    return st.none() | st.lists(variant, max_size=2, unique_by=lambda one: one["name"])


def _breakers(named: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    def either(one: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return one | st.lists(one, min_size=1, max_size=3)

    guards = st.fixed_dictionaries({"action": either(ACTIONS)}) | st.fixed_dictionaries({"rule": either(named)})
    counts, times = st.sampled_from([1, "5", 999_999_999]), st.sampled_from(["60s", "10m", "1d"])
    shares = st.fixed_dictionaries(
        {"of": st.sampled_from([0.02, "2%", "0.5%", 1, ".5", "100%"]), "within": times}, optional={"at_least": counts}
    )
    quotas = st.one_of(
        st.fixed_dictionaries({key: quota})
        for key, quota in (("per_minute", counts), ("per_day", counts), ("share", shares))
    )
    return st.builds(
        lambda *parts: dict(part for own in parts for part in own.items()),
        _some(cool_down=times, note=WORDS, per_day=counts, share=shares),
        guards,
        quotas,
    )


def _audits(queues: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    shares = st.sampled_from(["0.1%", 0.001, 1, "100%"])
    return st.fixed_dictionaries({"share": shares}, optional={"queue": st.none() | queues})


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    """The content of a policy file."""
    queues = draw(
        st.none() | st.dictionaries(IDS, st.none() | _some(due=TIMES, priority=FACTORS, description=WORDS), max_size=2)
    )
    reasons = draw(st.none() | st.dictionaries(NAMES, WORDS, max_size=2))
    ids = draw(st.lists(IDS, min_size=1, max_size=4, unique=True))
    because = st.sampled_from([*Category, *(reasons or ())])
    rules: list[dict[str, Any]] = [
        {"id": name, "when": draw(CONDITIONS), "then": draw(ACTIONS), "because": str(draw(because))}
        | draw(_some(queue=st.sampled_from(["default", *(queues or ())]), priority=FACTORS, note=WORDS))
        | draw(st.just({}) | st.fixed_dictionaries({"variants": _variants()}))
        for name in ids
    ]
    named = st.sampled_from(ids)
    if draw(st.booleans()):
        exempt = draw(st.just("*") | named | st.lists(named, min_size=1, max_size=3))
        rules.append({"id": "exempt-one", "when": draw(CONDITIONS), "exempt": exempt} | draw(_some(note=WORDS)))
    return {
        "policy": draw(IDS),
        **draw(
            _some(
                description=WORDS,
                lanes=st.dictionaries(
                    st.sampled_from(LANES),
                    st.none() | _some(deadline=TIMES, while_pending=ACTIONS, if_missing=ACTIONS),
                    max_size=3,
                ),
                facts=_facts(),
                thresholds=st.dictionaries(
                    st.sampled_from(["text.hate", "text.length"]),
                    st.sampled_from([None, {}, {"low": "0.5"}, {"low": None, "moderate": 0, "high": 1}]).map(copy),
                ),
                lists=st.dictionaries(
                    st.sampled_from(["one", "yes"]),
                    st.none() | st.lists(WORDS, max_size=4) | st.fixed_dictionaries({"lines": WORDS}),
                ),
                signals=st.dictionaries(st.sampled_from(["worst", "off"]), EXPRESSIONS),
            )
        ),
        "queues": queues,
        "reasons": reasons,
        "audit": draw(st.none() | _audits(st.sampled_from(["default", *(queues or ())]))),
        "breakers": draw(st.none() | st.dictionaries(IDS, _breakers(named), max_size=2)),
        "rules": rules,
    }

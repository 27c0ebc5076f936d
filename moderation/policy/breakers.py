"""The `breakers:` section: quotas on actions and rules, and what they guard."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from moderation.events import Action, LaneName
from moderation.policy import declarations, keys, readers
from moderation.policy.document import Document
from moderation.policy.model import RANK, Breaker, Guards, LaneRules, Rule, Share
from moderation.policy.problems import joined, nearest, shortened
from moderation.policy.rules import Rules

MAX_BREAKERS = 100

COUNT = re.compile(r"[0-9]{1,9}")
AT_LEAST = 100
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(days=1)
_SEVERE = RANK["review"] + 1


def read(document: Document, node: Node | None, rules: Rules) -> dict[str, Breaker]:
    """Breakers by id. Reports problems, rules that do not exist among them."""
    entries = document.entries(node, "breakers") if node else []
    if len(entries) > MAX_BREAKERS and node is not None:
        document.at(node, f"a policy may have {MAX_BREAKERS} breakers, this has {len(entries)}")
        return {}
    found = (_breaker(document, key, value, rules) for key, value in entries)
    return {breaker.id: breaker for breaker in found if breaker is not None}


def guards(breakers: Mapping[str, Breaker], rules: Sequence[Rule], lanes: Mapping[LaneName, LaneRules]) -> Guards:
    """What the breakers guard: of rules and lanes those that do more than `review`."""

    def guarding(action: Action, rule: str | None) -> tuple[str, ...]:
        if RANK[action] < _SEVERE:
            return ()
        return tuple(sorted(own.id for own in breakers.values() if action in own.actions or rule in own.rules))

    return Guards(
        tuple(guarding(rule.then, rule.id) for rule in rules),
        {lane: guarding(own.if_missing, None) for lane, own in lanes.items()},
    )


def canonical(breaker: Breaker) -> list[Any]:
    """All of a breaker that can change a decision, as JSON."""
    share = breaker.share
    return [
        sorted(breaker.actions),
        sorted(breaker.rules),
        breaker.per_minute,
        breaker.per_day,
        share and [share.of, share.within.total_seconds(), share.at_least],
        breaker.cool_down.total_seconds(),
    ]


def _breaker(document: Document, key: ScalarNode, node: Node, rules: Rules) -> Breaker | None:
    name = document.name_in(key, "the name of a breaker", readers.ID, readers.ID_HINT)
    entries = document.fields(node, keys.BREAKER)
    if len(entries.keys() & {"action", "rule"}) != 1:
        document.at(key, "a breaker guards either an 'action' or a 'rule'", "such as 'action: remove'")
    if not entries.keys() & {"per_minute", "per_day", "share"}:
        document.at(key, "a breaker needs a quota", "per_minute, per_day or share; with several, the first one counts")
    actions = [
        action
        for item in _one_or_more(document, entries.get("action"), "action")
        if (action := declarations.action(document, item, "action")) is not None
    ]
    guarded = [
        rule for item in _one_or_more(document, entries.get("rule"), "rule") for rule in _rules(document, item, rules)
    ]
    cool_down = _span(document, entries["cool_down"], "cool_down") if "cool_down" in entries else None
    breaker = Breaker(
        id=name or "",
        actions=tuple(dict.fromkeys(actions)),
        rules=tuple(dict.fromkeys(guarded)),
        per_minute=_count(document, entries["per_minute"], "per_minute") if "per_minute" in entries else None,
        per_day=_count(document, entries["per_day"], "per_day") if "per_day" in entries else None,
        share=_share(document, entries["share"]) if "share" in entries else None,
        cool_down=cool_down or Breaker("").cool_down,
        note=readers.note(document, entries.get("note"), "note"),
    )
    return breaker if name is not None else None


def _one_or_more(document: Document, node: Node | None, what: str) -> list[Node]:
    if node is None:
        return []
    if isinstance(node, SequenceNode) and not node.value:
        document.at(node, f"{what} names nothing to guard")
    return [node] if isinstance(node, ScalarNode) else document.items(node, what)


def _rules(document: Document, node: Node, rules: Rules) -> tuple[str, ...]:
    text = document.text(node, "rule")
    if text is None:
        return ()
    named = rules.named
    if text not in named:
        hint = joined(nearest(text, named), "list ids of rules that act; exempt rules do not")
        document.at(node, f"unknown rule '{shortened(text)}'", hint)
    return named.get(text, ())


def _share(document: Document, node: Node) -> Share | None:
    if not isinstance(node, MappingNode):
        document.at(node, "a share needs 'of' and 'within'", "such as share: {of: 2%, within: 10m}")
        return None
    entries = document.fields(node, keys.SHARE)
    of = readers.part(document, entries["of"], "of") if "of" in entries else None
    within = _span(document, entries["within"], "within") if "within" in entries else None
    at_least = _count(document, entries["at_least"], "at_least") if "at_least" in entries else None
    return None if of is None or within is None else Share(of, within, at_least or AT_LEAST)


def _count(document: Document, node: Node, what: str) -> int | None:
    text = document.text(node, what)
    if text is None or (COUNT.fullmatch(text) and int(text) > 0):
        return None if text is None else int(text)
    document.at(node, f"'{shortened(text)}' is no number of posts for {what}", "write digits: 1 to 999999999")
    return None


def _span(document: Document, node: Node, what: str) -> timedelta | None:
    text = document.text(node, what)
    if text is None:
        return None
    if readers.DURATION.fullmatch(text):
        found = readers.duration(document, node, what)
        if found is None or _SHORTEST <= found <= _LONGEST:
            return found
    document.at(node, f"'{shortened(text)}' is no time for {what}", "write a time from 1m to 1d, such as 10m or 2h")
    return None

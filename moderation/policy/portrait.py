"""A rule in plain language: when it holds, what it does, what silences it, what it waits for."""

from collections.abc import Iterator

from moderation.policy import keys, plain, tree
from moderation.policy.evidence.resolved import Resolved
from moderation.policy.model import RANK, Exemption, Policy, Rule
from moderation.policy.names import Name
from moderation.policy.program import Program
from moderation.policy.quotas import allowed, guarded
from moderation.policy.remembered import asked
from moderation.signals import SIGNALS
from moderation.taxonomy import DEFINITIONS, Category


def portrait(policy: Policy, name: str) -> str | None:
    """A rule with its variants, or one exemption; None when the policy has none of that id."""
    everything: list[Rule | Exemption] = [*policy.rules, *policy.exemptions]
    found = [index for index, rule in enumerate(everything) if rule.id == name]
    found += [index for index, rule in enumerate(policy.rules) if rule.variant_of == name]
    return "\n\n".join("\n".join(_lines(policy, index)) for index in found) or None


def _lines(policy: Policy, index: int) -> Iterator[str]:
    exempting = index >= len(policy.rules)
    rule = policy.exemptions[index - len(policy.rules)] if exempting else policy.rules[index]
    yield f"{rule.id}: {'an exemption' if isinstance(rule, Exemption) else rule.then}"
    if rule.note:
        yield f"  Note: {rule.note.strip()}"
    first, *rest = plain.lines_of(policy.program.conditions[index])
    yield f"  When {first}"
    yield from (f"    {line}" for line in rest)
    if isinstance(rule, Exemption):
        yield f"  It takes out: {', '.join(rule.exempt)}"
    else:
        yield from _effect(policy, rule)
        yield from _opponents(policy, index)
    yield from _names(policy, index)


def _effect(policy: Policy, rule: Rule) -> Iterator[str]:
    yield f"  Then {rule.then}: {keys.ACTIONS[rule.then]}"
    own = rule.because in policy.reasons
    meaning = policy.reasons[rule.because] if own else DEFINITIONS[Category(rule.because)].meaning
    yield f"  The reason told to the author: {rule.because}. {meaning}"
    if rule.then in ("review", "hold"):
        queue = policy.queues[rule.queue]
        due = "without a time limit" if queue.due is None else f"due {plain.duration(queue.due)} after the post"
        yield f"  A human looks at it: queue {queue.name}, {due}, priority {queue.priority * rule.priority:g}"


def _opponents(policy: Policy, index: int) -> Iterator[str]:
    first = len(policy.rules)
    severe = RANK[policy.rules[index].then] > RANK["review"]
    for place in policy.exempted_by[index]:
        undecided = "; while that cannot be decided, a human looks" if severe else ""
        yield f"  Taken out by {policy.exemptions[place - first].id}{undecided}"
    for place in policy.allowed_by[index] if severe else ():
        yield f"  Contradicted by {policy.rules[place].id}, which allows for the same reason: then a human looks"
    for name in policy.guards.rules[index]:
        breaker = policy.breakers[name]
        quota = f"{guarded(breaker)}, {allowed(breaker)}"
        yield f"  Guarded by breaker {name} ({quota}): while it is open, a human looks"


def _names(policy: Policy, index: int) -> Iterator[str]:
    """What it looks at, and what happens when that is missing."""
    program = policy.program
    names = [program.names[place] for place in program.looks_at[index]]
    for name in names:
        first, *rest = _meaning(program, name)
        yield f"  {name.name}: {first}{_thresholds(policy, name)}"
        yield from (f"    {line}" for line in rest)
        yield from (
            f"    {own.in_words()}" for own in policy.resolved if own.signal == name.name and _uses(policy, index, own)
        )
    for lane in dict.fromkeys(name.lane for name in names if name.lane):
        rules = policy.lanes[lane]
        late = "" if rules.deadline is None else f"; late after {plain.duration(rules.deadline)}"
        yield (
            f"  It waits for the {lane} lane{late}. Unless the rest decides, it does not fire without it; the post "
            f"gets at least '{rules.while_pending}' while the lane is at work, '{rules.if_missing}' when it has failed"
        )
    facts = [name.name for name in names if name.kind == "fact" and name.default is None]
    if facts:
        yield f"  Unless the rest decides, it does not fire for posts that do not bring {', '.join(facts)}"
    authors = [name.name for name in names if name.kind == "state" and name.name.startswith("author.")]
    if authors:
        yield f"  Unless the rest decides, it does not fire for posts without an author: {', '.join(authors)}"


def _uses(policy: Policy, index: int, resolved: Resolved) -> bool:
    """Whether a condition, or a derived signal that it looks at, compares with the threshold."""
    program = policy.program
    looked_at = (program.names[place].name for place in program.looks_at[index])
    nodes = [program.conditions[index], *(program.derived[name] for name in looked_at if name in program.derived)]
    return any(_compares(part, resolved) for node in nodes for part in node.walk())


def _compares(node: tree.Node, resolved: Resolved) -> bool:
    operands = node.operands if isinstance(node, tree.Comparison) else ()
    values = {operand.value for operand in operands if isinstance(operand, tree.Constant)}
    return resolved.threshold in values and resolved.signal in {name for own in operands for name in own.names()}


def _meaning(program: Program, name: Name) -> list[str]:
    if name.kind == "derived":
        node = program.derived[name.name]
        return plain.lines_of(node) if node.type == "boolean" else [plain.value(node)]
    if name.kind == "fact":
        default = "" if name.default is None else f", {str(name.default).lower()} when it is not sent"
        return [f"a {name.type} that the platform sends{default}"]
    past = asked(name.name)
    if past is not None:
        return [past.meaning]
    if name.name not in SIGNALS:
        return ["found in the text of the post"]
    signal = SIGNALS[name.name]
    return [f"a score from 0 to 1. {signal.meaning}" if signal.type == "score" else signal.meaning]


def _thresholds(policy: Policy, name: Name) -> str:
    levels = policy.thresholds.get(name.name, {})
    return f" ({', '.join(f'{level} {value:g}' for level, value in levels.items())})" if levels else ""

"""Policies as people write them: random content, layout, comments and blank lines."""

import random
from typing import Any

import yaml
from hypothesis import strategies as st

from moderation.policy import keys
from tests.unit.policy.policies import contents

_LONG = """text.hate>=0.5 and( text.insult >= 0.123456789 or text.threat>=0.123456789 ) and
    post.surface in['a', "b b"] or not true"""
_NOTES = [
    "a note",
    "a\n\n\nb\n",
    "two\nlines\n",
    "  indented",
    "x: y # z",
    "long " * 40 + "end",
    "a  b " * 30 + "end",
    'say "no"',
    "*",
]


def content_of(node: yaml.Node | None) -> Any:
    """A YAML tree as values, tags kept."""
    if isinstance(node, yaml.MappingNode):
        return [(content_of(key), content_of(value)) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return [content_of(item) for item in node.value]
    return node and (node.tag, node.value)


def compose(text: str) -> Any:
    """The values of a text; None for what is not YAML."""
    try:
        return content_of(yaml.compose(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError:
        return None


@st.composite
def commented(draw: st.DrawFn, shuffled: bool = True) -> str:
    """The text of a policy with comments and blank lines wherever YAML has room for them."""
    content = draw(contents())
    chance = random.Random(draw(st.integers(0, 2**32)))
    for rule in content["rules"]:
        if chance.random() < 0.3:
            rule["when"] = _LONG
        if chance.random() < 0.5:
            rule["note"] = chance.choice(_NOTES)
    content = _shuffled(content, chance) if shuffled else _in_order(content, "")
    style = draw(st.sampled_from([None, "'", '"', "|", ">"])) if _complete(content) else None
    text: str = yaml.safe_dump(
        _texts(content) if style else content,
        default_flow_style=draw(st.sampled_from([None, None, True, False])),
        default_style=style,
        indent=draw(st.sampled_from([2, 3, 4])),
        width=draw(st.sampled_from([40, 100, 10_000])),
        allow_unicode=True,
        sort_keys=False,
    )
    meant = compose(text)
    for number in range(draw(st.integers(0, 15))):
        lines = text.split("\n")
        place = chance.randrange(len(lines))
        kind = chance.random()
        if kind < 0.25:
            lines[place] += f"  # behind {number}"
        elif kind < 0.35:
            cut = chance.randrange(len(lines[place]) + 1)
            lines[place : place + 1] = [f"{lines[place][:cut]} # within {number}", "   " + lines[place][cut:]]
        elif kind < 0.8:
            lines.insert(place, " " * chance.randrange(9) + f"# above {number}")
        else:
            lines.insert(place, " " * chance.randrange(3))
        if compose("\n".join(lines)) == meant:
            text = "\n".join(lines)
    return text


def _shuffled(content: Any, chance: random.Random) -> Any:
    if isinstance(content, dict):
        pairs = [(key, _shuffled(value, chance)) for key, value in content.items()]
        chance.shuffle(pairs)
        return dict(pairs)
    return [_shuffled(item, chance) for item in content] if isinstance(content, list) else content


_ORDERS = {
    "": keys.SECTIONS,
    "rules": keys.RULE,
    "variants": keys.VARIANT,
    "lanes": keys.LANE,
    "queues": keys.QUEUE,
    "facts": keys.FACT,
    "thresholds": keys.LEVELS,
    "breakers": keys.BREAKER,
    "share": keys.SHARE,
    "audit": keys.AUDIT,
    "evidence": keys.EVIDENCE,
    "strikes": keys.STRIKE,
}


def _in_order(content: Any, within: str) -> Any:
    """The same with the keys of every part in the order in which they are declared."""
    if isinstance(content, list):
        return [_in_order(item, within) for item in content]
    if not isinstance(content, dict):
        return content
    declared = keys.EXEMPTION if "exempt" in content else _ORDERS.get(within)
    order = list(declared.meanings) if declared and content.keys() <= declared.meanings.keys() else list(content)
    return {key: _in_order(content[key], key if key in _ORDERS else within) for key in order if key in content}


def _texts(content: Any) -> Any:
    """Everything as text: what can be written in any style without a tag."""
    if isinstance(content, dict):
        return {key: _texts(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_texts(item) for item in content]
    return {True: "true", False: "false"}[content] if isinstance(content, bool) else str(content)


def _complete(content: Any) -> bool:
    parts = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return content is not None and all(map(_complete, parts))

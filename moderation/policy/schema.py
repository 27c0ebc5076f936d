"""The JSON Schemas of a policy file and of one that it includes, for completion and hover help in editors.

Made from what the reader itself knows: keys, actions, categories, names of signals. It is draft-07, which editors
understand, and takes everything the reader takes: a scalar counts as text, whatever YAML makes of it.
"""

import json
from collections.abc import Mapping
from typing import Any, get_args

from moderation.events import LANES, SEVERITY
from moderation.policy import keys
from moderation.policy.breakers import AT_LEAST, COUNT
from moderation.policy.functions import FUNCTIONS, KNOWN, PRECISION, TEXT_FUNCTIONS, Type
from moderation.policy.keys import Keys
from moderation.policy.model import DEFAULT_QUEUE
from moderation.policy.readers import DURATION, ID, NAME, NUMBER, PART
from moderation.policy.remembered import PLAIN, STRIKES_FOR, WINDOWED
from moderation.signals import SIGNALS
from moderation.taxonomy import DEFINITIONS, Category

Schema = dict[str, Any]

_SCALAR = ["string", "number", "boolean"]


def schema() -> str:
    """The schema as it stands in `docs/schemas/policy.schema.json`."""
    return _published("policy.schema.json", "Moderation policy", _fields(keys.SECTIONS, _sections()))


def included_schema() -> str:
    """The schema of a file that policies include, as in `docs/schemas/policy.included.schema.json`."""
    sections = _sections()
    del sections["rules"]["minItems"]  # other files may have them
    part = {**_fields(keys.INCLUDED, sections), "type": "object"}
    return _published("policy.included.schema.json", "Part of a moderation policy", part)


def _published(name: str, title: str, content: Schema) -> str:
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "$id": name, "title": title}
    return json.dumps(head | content, indent=2, ensure_ascii=False) + "\n"


def _sections() -> dict[str, Schema]:
    return {
        "policy": _matching(ID.pattern),
        "description": _text(),
        "lanes": _entries({"enum": list(LANES)}, _fields(keys.LANE, _LANE)),
        "queues": _entries({"pattern": _whole(ID.pattern)}, _fields(keys.QUEUE, _QUEUE)),
        "reasons": _named(_text()),
        "facts": _named({"anyOf": [_choice(get_args(Type)), _fields(keys.FACT, _FACT)]}),
        "include": _one_or_more(),
        "lists": _named({"anyOf": [{"type": ["array", "null"], "items": _text()}, _fields(keys.LIST, _LIST)]}),
        "signals": _named({"type": _SCALAR, **_conditions()}),
        "thresholds": _thresholds(),
        "breakers": _entries({"pattern": _whole(ID.pattern)}, _breaker()),
        "audit": _fields(keys.AUDIT, {"share": _part(), "queue": {**_matching(ID.pattern), "default": DEFAULT_QUEUE}}),
        "evidence": _evidence(),
        "strikes": _named(_fields(keys.STRIKE, _STRIKE)),
        "rules": {
            "type": "array",
            "minItems": 1,
            "items": {"anyOf": [_whole_rule(), _exemption()]},
        },
    }


def _rule() -> dict[str, Schema]:
    return {
        "id": _matching(ID.pattern),
        "when": {"type": ["string", "boolean"], **_conditions()},
        "then": _action(),
        "because": _reason(),
        "queue": {**_matching(ID.pattern), "default": DEFAULT_QUEUE},
        "priority": _factor(),
        "note": _text(),
    }


def _thresholds() -> Schema:
    levels = _fields(keys.LEVELS, dict.fromkeys(keys.LEVELS.meanings, _number()))
    numbers = [signal for signal in SIGNALS.values() if signal.type in ("score", "number")]
    return {
        "type": "object",
        "properties": {signal.name: {"description": signal.meaning, **levels} for signal in numbers}
        | {own.name: {"description": own.meaning, **levels} for own in PLAIN.values()},
        "patternProperties": {_whole(rf"(?:facts\.)?{NAME.pattern}"): levels},
        "additionalProperties": False,
    }


def _evidence() -> Schema:
    shares = {key: {**_number(), "minimum": 0} for key in keys.RESOLVED.meanings}
    texts = {"weighted": _text(), "models": {"type": "array", "items": _text()}, "file": _text(), "sha256": _text()}
    resolved = {"type": "array", "items": _fields(keys.RESOLVED, shares | texts)}
    values = dict.fromkeys(keys.EVIDENCE.meanings, _text()) | {"resolved": resolved}
    values |= {"confidence": _number(), "prevalence": _number()}
    own = _fields(keys.EVIDENCE, values)
    scores = [signal for signal in SIGNALS.values() if signal.type == "score"]
    return {
        "type": "object",
        "properties": {signal.name: {"description": signal.meaning, **own} for signal in scores},
        "additionalProperties": False,
    }


def _breaker() -> Schema:
    span = {"type": "string", "pattern": _whole(DURATION.pattern)}
    count: Schema = {"type": ["integer", "string"], "minimum": 1, "pattern": _whole(COUNT.pattern)}
    share: dict[str, Schema] = {
        "of": _part(),
        "within": span,
        "at_least": {**count, "default": AT_LEAST},
    }
    values: dict[str, Schema] = {
        "action": {"anyOf": [_action(), {"type": "array", "minItems": 1, "items": _action()}]},
        "rule": {"anyOf": [_text(), {"type": "array", "minItems": 1, "items": _text()}]},
        "per_minute": count,
        "per_day": count,
        "share": _fields(keys.SHARE, share),
        "cool_down": {**span, "default": "10m"},
        "note": _text(),
    }
    return _fields(keys.BREAKER, values)


def _whole_rule() -> Schema:
    rule = _rule()
    variant = rule | {"name": _matching(ID.pattern), "for": rule["when"]}
    variants = {"type": "array", "items": _fields(keys.VARIANT, variant)}
    return _fields(keys.RULE, rule | {"variants": variants})


def _exemption() -> Schema:
    rule = _rule()
    exempt = {"anyOf": [_text(), {"type": "array", "minItems": 1, "items": _text()}]}
    return _fields(keys.EXEMPTION, {key: exempt if key == "exempt" else rule[key] for key in keys.EXEMPTION.meanings})


def _fields(declared: Keys, values: Mapping[str, Schema]) -> Schema:
    """A mapping with fixed keys. One that is not required may be left empty."""
    return {
        "type": "object" if declared.required else ["object", "null"],
        "properties": {
            key: {"description": meaning, **(values[key] if key in declared.required else _or_empty(values[key]))}
            for key, meaning in declared.meanings.items()
        },
        "required": list(declared.required),
        "additionalProperties": False,
    }


def _or_empty(value: Schema) -> Schema:
    if "enum" in value:
        return {**value, "enum": [*value["enum"], None]}
    if "anyOf" in value:
        return {"anyOf": [*value["anyOf"], {"type": "null"}]}
    kinds = value["type"] if isinstance(value["type"], list) else [value["type"]]
    return {**value, "type": list(dict.fromkeys([*kinds, "null"]))}


def _entries(name: Schema, value: Schema) -> Schema:
    """A mapping whose keys the author chooses."""
    if "enum" in name:
        own = {"properties": dict.fromkeys(name["enum"], value), "additionalProperties": False}
    else:
        own = {"patternProperties": {name["pattern"]: value}, "additionalProperties": False}
    return {"type": "object", **own}


def _named(value: Schema) -> Schema:
    return _entries({"pattern": _whole(NAME.pattern)}, value)


def _whole(pattern: str) -> str:
    return f"^(?:{pattern})$"


def _text() -> Schema:
    return {"type": _SCALAR}


def _one_or_more() -> Schema:
    return {"anyOf": [_text(), {"type": "array", "items": _text()}]}


def _matching(pattern: str) -> Schema:
    return {"type": _SCALAR, "pattern": _whole(pattern)}


def _choice(words: tuple[str, ...]) -> Schema:
    return {"enum": list(words)}


def _action() -> Schema:
    return {"enum": list(SEVERITY), "enumDescriptions": [keys.ACTIONS[action] for action in SEVERITY]}


def _reason() -> Schema:
    meanings = [DEFINITIONS[category].meaning for category in Category]
    categories = {"enum": [category.value for category in Category], "enumDescriptions": meanings}
    return {"anyOf": [categories, {**_matching(NAME.pattern), "description": "A reason declared under reasons."}]}


def _number() -> Schema:
    return {"type": ["number", "string"], "pattern": _whole(NUMBER.pattern)}


def _part() -> Schema:
    return {"type": ["number", "string"], "exclusiveMinimum": 0, "maximum": 1, "pattern": _whole(PART.pattern)}


def _factor() -> Schema:
    return {
        "type": ["number", "string"],
        "exclusiveMinimum": 0,
        "maximum": 1000,
        "pattern": _whole(NUMBER.pattern),
        "default": 1,
    }


def _duration() -> Schema:
    return {"type": "string", "pattern": _whole(f"none|{DURATION.pattern}")}


_LANE = {"deadline": _duration(), "while_pending": _action(), "if_missing": _action()}
_QUEUE = {"due": _duration(), "priority": _factor(), "description": _text()}
_STRIKE = {"weight": _factor(), "expires": _duration(), "for": {"type": "array", "items": _action()}}
_LIST = {"from": _one_or_more(), "lines": _text()}
_FACT = {"type": _choice(get_args(Type)), "default": _text(), "description": _text()}


def _conditions() -> Schema:
    """What an editor shows of the condition language: every name and function, and a comparison to start from."""
    scores = [name for name, signal in SIGNALS.items() if signal.type == "score"]
    names = [f"- `{signal.name}` ({signal.type}): {signal.meaning}" for signal in SIGNALS.values()]
    functions = [f"- `{function.name}(...)`: {function.meaning}" for function in FUNCTIONS.values()]
    functions += [f"- `{function.name}(post.text, LIST)`: {function.meaning}" for function in TEXT_FUNCTIONS.values()]
    functions.append(f"- `{KNOWN}(...)`: whether the name has a value")
    functions.append(f"- `{PRECISION}(text.hate) >= 0.98`: the score is one from which on the model is so often right")
    past = [*WINDOWED.values(), *PLAIN.values(), STRIKES_FOR]
    names += [
        f"- `{own.example}` (number): {own.meaning.format('10m' if own in WINDOWED.values() else 'a reason')}"
        for own in past
    ]
    words = "Names, numbers, 'texts', comparisons, and, or, not, + - * /, in, and functions."
    return {
        "markdownDescription": "\n".join(
            ["The condition.", "", words, "", "Names:", *names, "- `facts.NAME`", "", "Functions:", *functions]
        ),
        "examples": [f"{name} >= 0.9" for name in scores],
    }

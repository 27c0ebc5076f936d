"""`precision(text.hate) >= 0.98` in a condition: the score compared with the threshold that the demand comes to."""

import ast
from collections.abc import Callable, Sequence

from moderation.policy import tree
from moderation.policy.evidence.refused import Refused
from moderation.policy.functions import PRECISION
from moderation.policy.names import Scope
from moderation.policy.problems import shortened

_EXAMPLE = "write precision(text.hate) >= 0.98"
_FORWARD, _BACKWARD = (">=", "<"), ("<=", ">")  # with the demand on the right of precision(), or on its left

Refuse = Callable[[ast.expr, str, str | None], None]


def is_precision(node: ast.expr) -> bool:
    """Whether it calls precision()."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == PRECISION


def compared(
    sides: Sequence[ast.expr], operators: Sequence[str], scope: Scope, refuse: Refuse
) -> tree.Comparison | None:
    """The comparison with thresholds for demands; None when a problem was reported."""
    place = next(place for place, side in enumerate(sides) if is_precision(side))
    call = sides[place]
    if len(sides) > 3 or place not in (0, len(sides) - 1, 1) or (len(sides) == 3 and place != 1):
        refuse(call, f"{PRECISION}() is compared with numbers only", _EXAMPLE)
        return None
    signal = _signal(call, scope, refuse)
    operands: list[tree.Node] = []
    for position, side in enumerate(sides):
        if position == place:
            operands.append(tree.NameOf("number", (0.0, 1.0), signal or ""))
            continue
        operator = operators[min(position, place)]
        if operator not in (_FORWARD if position > place else _BACKWARD):
            refuse(
                call, f"{PRECISION}() cannot be compared with '{operator}'", f"{_EXAMPLE}, or < for the scores below"
            )
            return None
        threshold = _threshold(side, call, signal, scope, refuse)
        if threshold is not None:
            operands.append(tree.Constant("number", (threshold, threshold), threshold))
    if signal is None or len(operands) != len(sides):
        return None
    return tree.Comparison("boolean", operands=tuple(operands), operators=tuple(operators))


def _signal(call: ast.expr, scope: Scope, refuse: Refuse) -> str | None:
    assert isinstance(call, ast.Call)
    if len(call.args) != 1 or call.keywords or not isinstance(call.args[0], ast.Name | ast.Attribute):
        refuse(call, f"{PRECISION}() takes one score of a model", _EXAMPLE)
        return None
    name = ast.unparse(call.args[0])
    if name in scope.evidence or name in scope.broken_evidence or name in scope.broken:
        return name if name in scope.evidence else None
    declared = scope.names.get(name)
    if declared is None:
        refuse(call.args[0], f"unknown signal '{shortened(name)}'", scope.hint_for(name))
    elif declared.kind != "signal" or declared.bounds != (0.0, 1.0):
        refuse(call.args[0], f"'{shortened(name)}' is no score of a model", _EXAMPLE)
    else:
        hint = f"name it: evidence: {{{name}: {{from: evidence/posts.jsonl, label: {name.rpartition('.')[2]}}}}}"
        refuse(call.args[0], f"there is no evidence for '{name}'", hint)
    return None


def _threshold(side: ast.expr, call: ast.expr, signal: str | None, scope: Scope, refuse: Refuse) -> float | None:
    value = side.value if isinstance(side, ast.Constant) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        refuse(side, f"{PRECISION}() is compared with numbers only", _EXAMPLE)
        return None
    if not 0.0 < value < 1.0:
        hint = (
            f"for {value:g} % write {value / 100:g}" if 1.0 < value < 100.0 else "no evidence shows 100 %: write 0.99"
        )
        refuse(side, f"a precision lies between 0 and 1: {value:g} cannot be shown", hint)
        return None
    if signal is None:
        return None
    try:
        found = scope.evidence[signal].resolve(float(value))
    except Refused as refused:
        refuse(call, refused.message, refused.hint)
        return None
    if found is None:
        return None
    scope.resolved[signal, float(value)] = found
    return found.threshold

"""A checked tree as its author would write it."""

from moderation.policy import tree
from moderation.policy.remembered import asked


def written(node: tree.Node) -> str:
    """The text of a condition, or a part of one. Parentheses only where they are needed."""
    parts = [within(node, child) for child in node.children()]
    match node:
        case tree.Constant():
            if node.type == "number":
                return f"{node.value:.12g}"
            return f'"{node.value}"' if node.type == "string" else str(node.value).lower()
        case tree.NameOf():
            return _name(node.name)
        case tree.Known():
            return f"known({_name(node.name)})"
        case tree.Not():
            return f"not {parts[0]}"
        case tree.Negative():
            return f"-{parts[0]}"
        case tree.Member():
            listed = ", ".join(f'"{value}"' for value in node.values)
            return f"{parts[0]} {'not in' if node.negated else 'in'} [{listed}]"
        case tree.Junction():
            return f" {node.word} ".join(parts)
        case tree.Comparison():
            return parts[0] + "".join(f" {sign} {part}" for sign, part in zip(node.operators, parts[1:], strict=True))
        case tree.Arithmetic():
            return f" {node.operator} ".join(parts)
        case tree.Call():
            return f"{node.function}({', '.join(map(written, node.operands))})"
        case tree.Choice():
            return f"{parts[1]} if {parts[0]} else {parts[2]}"
    raise AssertionError(node)


def _name(name: str) -> str:
    found = asked(name)
    return name if found is None else found.written


def within(node: tree.Node, child: tree.Node) -> str:
    """The text of an operand, as it stands in the text of `node`."""
    loose = isinstance(child, tree.Junction | tree.Choice)
    if not isinstance(node, tree.Junction):
        loose = loose or isinstance(child, tree.Not | tree.Comparison | tree.Member)
    if not isinstance(node, tree.Junction | tree.Comparison):
        loose = loose or isinstance(child, tree.Arithmetic)
    return f"({written(child)})" if loose else written(child)

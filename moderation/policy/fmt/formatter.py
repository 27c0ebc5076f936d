"""From the text of a policy file, or of its tests, to the same in one style; refused where that is not sure."""

from typing import Any

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from moderation.errors import PolicyError
from moderation.policy.document import Document
from moderation.policy.fmt.comments import Comments
from moderation.policy.fmt.conditions import canonical
from moderation.policy.fmt.layout import Layout
from moderation.policy.fmt.shapes import Shape, shape_of

_LONGEST_KEY = 1_000  # YAML takes 1,024 characters
_STRANGE = {
    yaml.DirectiveToken: "a directive (%)",
    yaml.TagToken: "a tag (!)",
    yaml.AnchorToken: "an anchor (&)",
}


def formatted(source: str, name: str) -> str:
    """The text in canonical style. `name` stands for it in messages.

    It means the same, and has the same comments: both are checked. Raises `PolicyError` for what is not YAML, and for
    what cannot be formatted with certainty.
    """
    text = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    document = Document(text, name)
    root = document.compose()
    tokens = list(yaml.scan(text, Loader=yaml.SafeLoader))
    for token in tokens:
        if what := _STRANGE.get(type(token)):
            document.add(name, token.start_mark.line, token.start_mark.column, f"{what} is not formatted", "remove it")
    _check_keys(document, root)
    if not isinstance(root, MappingNode):
        document.at(root, "a policy must be a mapping (name: value)")
        raise document.error()
    if document.problems:
        raise document.error()
    shape = shape_of(root)
    comments = Comments(text, tokens)
    found = "\n".join(Layout(text, comments).root(root, shape)) + "\n"
    if not _same(found, root, comments.texts, shape):
        document.add(name, 0, 0, "cannot be formatted with certainty: it was left as it is", "please report this")
        raise document.error()
    return found


def _check_keys(document: Document, node: Node) -> None:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if not isinstance(key, ScalarNode) or len(key.value) > _LONGEST_KEY or key.style in ("|", ">"):
                document.at(key, "a key must be a plain name")
            _check_keys(document, value)
    elif isinstance(node, SequenceNode):
        for item in node.value:
            _check_keys(document, item)


def _same(text: str, root: Node, comments: list[str], shape: Shape) -> bool:
    """Whether a text has the content and the comments that it should have."""
    try:
        again = Document(text, "").compose()
        tokens = list(yaml.scan(text, Loader=yaml.SafeLoader))
    except PolicyError:
        return False
    kept = sorted(Comments(text, tokens).texts) == sorted(comments)
    return kept and _content(again, shape) == _content(root, shape)


def _content(node: Node, shape: Shape) -> Any:
    """What a node says, whatever its style and the order of keys that have one."""
    if isinstance(node, MappingNode):
        pairs = sorted(node.value, key=lambda pair: shape.rank(pair[0].value))
        return [(key.tag, key.value, _content(value, shape.of(key.value))) for key, value in pairs]
    if isinstance(node, SequenceNode):
        return [_content(item, shape.item(item)) for item in node.value]
    text = canonical(node.value) if shape.condition else None
    return (node.tag, node.value if text is None else text)

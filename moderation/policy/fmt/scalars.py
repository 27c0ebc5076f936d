"""A scalar in its canonical style: quotes only where needed, long texts folded, blocks as their author wrote them."""

import io
import re

import yaml
from yaml import ScalarNode
from yaml.emitter import Emitter
from yaml.reader import Reader
from yaml.resolver import Resolver

from moderation.policy.fmt.conditions import canonical, folded
from moderation.policy.positions import lines_of

WIDTH = 120
_TEXT = "tag:yaml.org,2002:str"
_BLOCKS = ("|", ">")
_BREAKS = re.compile("[\r\x85\u2028\u2029\ufeff]")
_EDITORS_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+")
"""What YAML 1.2, and with it an editor, takes for a number, beside what PyYAML does."""


class Scalars:
    """Writes the scalars of one text."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._emitter = Emitter(io.StringIO(), allow_unicode=True)  # knows which texts can stand in which style
        self._resolver = Resolver()

    def inline(self, node: ScalarNode, condition: bool, flow: bool) -> str:
        """The scalar on one line."""
        value = canonical(node.value) if condition else None
        return self._inline(node, node.value if value is None else value, flow)

    def lines(self, node: ScalarNode, condition: bool, indent: int, room: int) -> list[str]:
        """The scalar as it follows a key: what stands on the key's line, which has `room`, and the lines below."""
        value = canonical(node.value) if condition else None
        if value is not None:
            inline = self._inline(node, value, flow=False)
            if len(inline) <= room or node.tag != _TEXT or not _printable(value):
                return [inline]
            return [">", *_indented(folded(value, WIDTH - indent), indent)]
        inline = self._inline(node, node.value, flow=False)
        if node.style in _BLOCKS and ("\n" in node.value or len(inline) > room):
            return self._block(node, indent)
        if len(inline) <= room or not _folds(node.value) or node.tag != _TEXT:
            return [inline]
        return [">-", *_indented(_filled(node.value, WIDTH - indent), indent)]

    def _inline(self, node: ScalarNode, value: str, flow: bool) -> str:
        if node.tag != _TEXT:
            return value  # a number, a boolean, nothing: as it is written
        allowed = self._emitter.analyze_scalar(value)
        plain = allowed.allow_flow_plain if flow else allowed.allow_block_plain
        if plain and not allowed.multiline and (node.style is None or self._means_text(value)):
            return value
        if allowed.multiline or "\t" in value or not _printable(value):
            return self._escaped(node, value)
        if '"' not in value and "\\" not in value:
            return f'"{value}"'
        return "'" + value.replace("'", "''") + "'" if allowed.allow_single_quoted else self._escaped(node, value)

    def _means_text(self, value: str) -> bool:
        """Whether a text without quotes is still one, to PyYAML and to editors."""
        tag = self._resolver.resolve(ScalarNode, value, (True, False))  # type: ignore[no-untyped-call]
        return bool(tag == _TEXT) and not _EDITORS_NUMBER.fullmatch(value)

    def _escaped(self, node: ScalarNode, value: str) -> str:
        written = self._source[node.start_mark.index : node.end_mark.index]
        if node.style in ("'", '"') and value == node.value and len(lines_of(written)) == 1:
            return written
        dumped: str = yaml.safe_dump(value, default_style='"', width=float("inf"), allow_unicode=True)
        return dumped.rstrip("\n")

    def _block(self, node: ScalarNode, indent: int) -> list[str]:
        """A text in | or >, which keep their lines; a > that is one paragraph is filled anew."""
        text = node.value.removesuffix("\n")
        header = node.style + "-" * (text == node.value)
        if text and _printable(text):
            if node.style == ">" and _folds(text):
                return [header, *_indented(_filled(text, WIDTH - indent), indent)]
            lines = text.split("\n") if node.style == "|" else self._written(node)
            if _read(header, lines) == node.value:
                return [header, *_indented(lines, indent)]
        return [self._inline(node, node.value, flow=False)]

    def _written(self, node: ScalarNode) -> list[str]:
        """The lines of a block as they stand in the text, without their indent."""
        written = self._source[node.start_mark.index : node.end_mark.index]
        lines = written.split("\n")[1:]
        while lines and not lines[-1].strip():
            del lines[-1]
        margin = next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), 0)
        return [line[margin:] for line in lines]


def _printable(text: str) -> bool:
    """Whether a text can stand without escapes, its line breaks aside."""
    return not Reader.NON_PRINTABLE.search(text) and not _BREAKS.search(text)


def _folds(text: str) -> bool:
    """Whether a text is one paragraph that can be broken at its spaces."""
    return _printable(text) and text == text.strip() and not set("\n\t") & set(text)


def _read(header: str, lines: list[str]) -> str | None:
    """The text that a block has."""
    try:
        node = yaml.compose("\n".join([header, *_indented(lines, 1)]) + "\n", Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    return str(node.value) if isinstance(node, ScalarNode) else None


def _filled(text: str, width: int) -> list[str]:
    """A paragraph in lines; broken only between single spaces, which folding gives back."""
    lines: list[str] = []
    for word in re.split(r"(?<! ) (?! )", text):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _indented(lines: list[str], indent: int) -> list[str]:
    return [" " * indent + line if line else "" for line in lines]

"""From YAML nodes and comments to lines: every entry with its comments, keys in their order, two spaces a level."""

from collections.abc import Sequence
from dataclasses import dataclass

from yaml import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from moderation.policy.fmt.comments import Comments
from moderation.policy.fmt.scalars import WIDTH, Scalars
from moderation.policy.fmt.shapes import Shape

_STEP = 2
_SCOPED = "lint:"  # a comment that means something by where it stands


@dataclass(slots=True)
class _Entry:
    """What stands above an entry of a block, and its own lines."""

    above: list[str]
    lines: list[str]
    rank: int = 0


class Layout:
    """Writes one text. Comments are handed out in the text's order: every node is visited once, in that order."""

    def __init__(self, source: str, comments: Comments) -> None:
        self._end = len(source) + 1
        self._comments = comments
        self._scalars = Scalars(source)

    def root(self, node: MappingNode, shape: Shape) -> list[str]:
        """The lines of a whole file. What stands above its first key is about the file, and stays there."""
        entries = self._entries(node, shape, 0, self._end)
        head = entries[0].above if entries else []
        if entries:
            entries[0].above = []
        ordered = sorted(entries, key=lambda entry: entry.rank)
        if entries and ordered[0] is not entries[0]:
            if any(_SCOPED in line for line in ordered[0].above):
                ordered = entries  # above the first key it would count for the whole file
            elif head and head[-1]:
                head.append("")
        before: _Entry | None = None
        for entry in ordered:
            apart = before and len(before.lines) + len(entry.lines) > 2  # a section of several lines
            if apart and before and not before.lines[-1].lstrip().startswith("#") and "" not in entry.above[:1]:
                entry.above.insert(0, "")
            before = entry
        return [*_trimmed(head), *_joined(ordered), *self._comments.above(self._end)]

    def _entries(self, node: MappingNode, shape: Shape, indent: int, limit: int) -> list[_Entry]:
        found = []
        for place, (key, value) in enumerate(node.value):
            above = self._above(key.start_mark.index, indent)
            until = node.value[place + 1][0].start_mark.index if place + 1 < len(node.value) else limit
            head = " " * indent + self._scalars.inline(key, condition=False, flow=False) + ":"
            part = shape.of(key.value)
            column = key.start_mark.column
            lines = self._after_head(head, key.end_mark.line, value, part, indent, until, column)
            found.append(_Entry(above, lines, shape.rank(key.value)))
        return found

    def _items(self, node: SequenceNode, shape: Shape, indent: int, limit: int) -> list[_Entry]:
        places = self._places(node)
        found = []
        for place, item in enumerate(node.value):
            index, line, column = places[place]
            above = self._above(index, indent)
            until = places[place + 1][0] if place + 1 < len(places) else limit
            head = " " * indent + "-"
            lines = self._after_head(head, line, item, shape.item(item), indent, until, column)
            found.append(_Entry(above, lines))
        return found

    def _places(self, node: SequenceNode) -> list[tuple[int, int, int]]:
        """Index, line and column of every item: of its dash, where it has one."""
        starts = [item.start_mark for item in node.value]
        if node.flow_style:
            return [(mark.index, mark.line, mark.column) for mark in starts]
        column = node.start_mark.column
        dashes = [dash for dash in self._comments.dashes if dash[2] == column]
        return [max(dash for dash in dashes if dash[0] < mark.index) for mark in starts]

    def _above(self, index: int, indent: int) -> list[str]:
        """Comments above an entry, and blank lines between."""
        lines = self._comments.above(index)
        return _indented([*lines, ""] if self._comments.blank_above(index) else lines, indent)

    def _after_head(
        self, head: str, line: int, node: Node, shape: Shape, indent: int, limit: int, column: int
    ) -> list[str]:
        """A key or a dash, at `line` and `column`, with its value; `limit` is where the next one starts."""
        start, end = node.start_mark.index, node.end_mark.index
        below = self._comments.waiting(start)  # comments stand between the two
        room = WIDTH - indent - _STEP if below else WIDTH - len(head) - 1
        if isinstance(node, CollectionNode) and node.value and self._broken(node, shape, room):
            return self._block_after(head, line, node, shape, indent, limit, column)
        if isinstance(node, ScalarNode) and node.value == "" and start == end:  # nothing
            comment = self._comments.trailing(line, limit)
            return [_with(head, comment), *_indented(self._comments.above(limit, column + 1), indent + _STEP)]
        if not isinstance(node, ScalarNode) and not node.value and self._comments.any_in(start, end):
            below, start = True, end  # in an empty pair of brackets
        comment = self._comments.trailing(line, start)
        own = _indented(self._comments.above(start), indent + _STEP)
        first, *rest = self._value(node, shape, indent + _STEP, room)
        if not below:
            return self._finished([f"{head} {first}", *rest], node, limit)
        value = self._finished([" " * (indent + _STEP) + first, *rest], node, limit)
        return [_with(head, comment), *own, *value]

    def _broken(self, node: CollectionNode, shape: Shape, room: int) -> bool:
        """Whether the entries of a collection stand below each other: as written so, or for want of room."""
        if not node.flow_style or self._comments.any_in(node.start_mark.index, node.end_mark.index):
            return True
        words = isinstance(node, SequenceNode) and all(isinstance(item, ScalarNode) for item in node.value)
        return not words and len(self._flow(node, shape)) > room

    def _finished(self, lines: list[str], node: Node, limit: int) -> list[str]:
        """A value with the comment behind it: after the header of a block, else at its end."""
        block = isinstance(node, ScalarNode) and node.style in ("|", ">")
        line = node.start_mark.line if block else node.end_mark.line
        place = 0 if isinstance(node, ScalarNode) else -1
        lines[place] = _with(lines[place], self._comments.trailing(line, limit))
        return lines

    def _block_after(
        self, head: str, line: int, node: CollectionNode, shape: Shape, indent: int, limit: int, column: int
    ) -> list[str]:
        """A key or a dash with a collection whose entries stand below each other."""
        inner = indent + _STEP
        first = node.value[0][0] if isinstance(node, MappingNode) else node.value[0]
        comment = self._comments.trailing(line, first.start_mark.index)
        until = node.end_mark.index - 1 if node.flow_style else limit
        entries = self._block(node, shape, inner, until)
        least = 0 if node.flow_style else max(node.start_mark.column, column + 1)
        after = _indented(self._comments.above(until, least), inner)
        if node.flow_style and (late := self._comments.trailing(node.end_mark.line, limit)):
            after += _indented([late], inner)
        lines = [*_joined(entries), *after]
        if head.endswith("-") and not comment and not lines[0].lstrip().startswith("#"):
            return [f"{head} {lines[0][inner:]}", *lines[1:]]
        return [_with(head, comment), *lines]

    def _block(self, node: Node, shape: Shape, indent: int, limit: int) -> list[_Entry]:
        if isinstance(node, MappingNode):
            return sorted(self._entries(node, shape, indent, limit), key=lambda entry: entry.rank)
        assert isinstance(node, SequenceNode)
        return self._items(node, shape, indent, limit)

    def _value(self, node: Node, shape: Shape, indent: int, room: int) -> list[str]:
        """A scalar, or a collection between brackets: on one line if it fits, else a list of words on several."""
        if isinstance(node, ScalarNode):
            return self._scalars.lines(node, shape.condition, indent, room)
        text = self._flow(node, shape)
        return [text] if len(text) <= room or not node.value else self._filled(node.value, shape, indent, room)

    def _filled(self, items: Sequence[ScalarNode], shape: Shape, indent: int, room: int) -> list[str]:
        lines = ["["]
        for place, item in enumerate(items):
            text = self._scalars.inline(item, shape.item(item).condition, flow=True)
            text += "]" if place == len(items) - 1 else ","
            width = room if len(lines) == 1 else WIDTH
            if place == 0:
                lines[-1] += text
            elif len(lines[-1]) + 1 + len(text) <= width:
                lines[-1] += f" {text}"
            else:
                lines.append(" " * indent + text)
        return lines

    def _flow(self, node: Node, shape: Shape) -> str:
        """A node on one line, as it stands between brackets."""
        if isinstance(node, ScalarNode):
            return self._scalars.inline(node, shape.condition, flow=True)
        if isinstance(node, SequenceNode):
            return "[" + ", ".join(self._flow(item, shape.item(item)) for item in node.value) + "]"
        assert isinstance(node, MappingNode)
        pairs = sorted(node.value, key=lambda pair: shape.rank(pair[0].value))
        texts = [f"{self._flow(key, Shape())}: {self._flow(value, shape.of(key.value))}" for key, value in pairs]
        return "{" + ", ".join(texts) + "}"


def _joined(entries: Sequence[_Entry]) -> list[str]:
    """The lines of a block, which begins with no blank line."""
    return _trimmed([line for entry in entries for line in (*entry.above, *entry.lines)])


def _trimmed(lines: list[str]) -> list[str]:
    """Lines without blank ones at their beginning."""
    return lines[next((place for place, line in enumerate(lines) if line), len(lines)) :]


def _indented(lines: Sequence[str], indent: int) -> list[str]:
    return [" " * indent + line if line else "" for line in lines]


def _with(line: str, comment: str) -> str:
    return f"{line}  {comment}" if comment else line

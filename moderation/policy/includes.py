"""A policy and the files it includes, as one; and the one text that it is published as."""

import json
from collections.abc import Mapping
from pathlib import Path

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from moderation.policy import keys
from moderation.policy.document import MAX_CHARACTERS, Document
from moderation.policy.files import Files, Unreadable
from moderation.policy.problems import shortened

MAX_PUBLISHED_BYTES = MAX_CHARACTERS  # as JSON: a Kafka record holds 1 MiB
_TEXT = "tag:yaml.org,2002:str"
_MAPPING = "tag:yaml.org,2002:map"


def within(node: Node) -> Path:
    """The folder of the file that a node stands in."""
    return Path(node.start_mark.name).parent


def report(document: Document, node: Node, written: str, problem: Unreadable) -> None:
    """Report a file that cannot be read: where its content is at fault there, else where it is named."""
    if problem.place is None:
        document.at(node, f"'{shortened(written)}' {problem.message}", problem.hint)
    else:
        path, line, column = problem.place
        document.add(str(path), line, column, problem.message, problem.hint)


class Includes:
    """Brings the sections of a policy and of the files it includes together."""

    def __init__(self, document: Document, files: Files) -> None:
        self._document = document
        self._files = files
        self._seen: set[Path] = set()
        self._parts: dict[str, list[Node]] = {}

    def sections(self, root: Node) -> dict[str, Node]:
        """Section -> its node; one node of all its parts where several files have it."""
        document = self._document
        own = document.fields(root, keys.SECTIONS)
        for name, node in own.items():
            self._parts.setdefault(name, []).append(node)
        self._follow(own.pop("include", None), (Path(document.name),))
        return {
            name: parts[0] if len(parts) == 1 else self._joined(name, parts)
            for name, parts in self._parts.items()
            if name != "include"
        }

    def _follow(self, node: Node | None, chain: tuple[Path, ...]) -> None:
        """Add the files that an `include` names. `chain` is how it was reached."""
        document = self._document
        items = [node] if isinstance(node, ScalarNode) else document.items(node, "include") if node else []
        for item in items:
            written = document.text(item, "a file to include")
            if written is None:
                continue
            try:
                path = self._files.locate(written, within(item))
                if path in chain:
                    way = " includes ".join(f"'{name}'" for name in (*chain[chain.index(path) :], path))
                    document.at(item, f"files in a circle: {way}", "a file cannot be a part of itself")
                    continue
                if path in self._seen:
                    continue  # two files may share a third
                self._seen.add(path)
                source = self._files.read(path)
            except Unreadable as problem:
                report(document, item, written, problem)
                continue
            found = document.fields(document.compose_file(source, str(path)), keys.INCLUDED)
            for name, part in found.items():
                if name != "description":  # of that file
                    self._parts.setdefault(name, []).append(part)
            self._follow(found.get("include"), (*chain, path))

    def _joined(self, name: str, parts: list[Node]) -> Node:
        kind = SequenceNode if name == "rules" else MappingNode
        read = self._document.items if name == "rules" else self._document.entries
        values = []
        for part in parts:
            if isinstance(part, kind):
                values += part.value
            else:
                read(part, name)  # says what it should be
        return kind(parts[0].tag, values, parts[0].start_mark, parts[0].end_mark)


def published(sections: Mapping[str, Node], from_files: Mapping[str, tuple[str, ...]], evidence: Node | None) -> str:
    """One text that means the same by itself. `from_files` are the terms of lists that come from files.

    `evidence` takes the place of the section: the thresholds themselves.
    """
    pairs = []
    for name in keys.SECTIONS.meanings:
        if name in sections:
            node = evidence if name == "evidence" and evidence is not None else sections[name]
            if name == "lists" and isinstance(node, MappingNode):
                values = [(key, _lines(from_files[key.value]) if key.value in from_files else value)
                          for key, value in node.value]  # fmt: skip
                node = MappingNode(node.tag, values)
            pairs.append((ScalarNode(_TEXT, name), node))
    text: str = yaml.serialize(
        MappingNode(_MAPPING, pairs, flow_style=False), Dumper=yaml.SafeDumper, allow_unicode=True, width=120
    )
    return text


def _lines(terms: tuple[str, ...]) -> MappingNode:
    block = ScalarNode(_TEXT, "".join(f"{term}\n" for term in terms), style="|")
    return MappingNode(_MAPPING, [(ScalarNode(_TEXT, "lines"), block)], flow_style=False)


def published_bytes(source: str) -> int:
    """What a published policy takes on its topic, nearly."""
    return len(json.dumps(source, ensure_ascii=False).encode("utf-8", "surrogatepass"))

"""The canonical text of a condition: on one line, or over several when it is too long."""

import ast
import io
import keyword
import re
import tokenize
import warnings
from itertools import pairwise

from moderation.policy.parser import MAX_CHARACTERS

_SKIPPED = (tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER)
_KNOWN = (tokenize.NAME, tokenize.NUMBER, tokenize.STRING, tokenize.OP)
_JUNCTIONS = ("or", "and")


def canonical(written: str) -> str | None:
    """The condition on one line with its parts one space apart; None for what cannot be read, which stays as it is."""
    text = re.sub(r"[\n\r\f\v]", " ", written).strip()  # as the language does
    parts = _parts(text)
    if parts is None:
        return None
    found = "".join(_spaced(parts))
    return found if len(found) <= MAX_CHARACTERS and _same(text, found) else None


def folded(condition: str, width: int) -> list[str]:
    """The lines of a canonical condition: one per part of its outermost 'or' or 'and', broken where it must."""
    return [line for parts in _junctions(_spaced(_parts(condition) or [])) for line in _wrapped(parts, width)]


def _parts(text: str) -> list[str] | None:
    try:
        tokens = [token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type not in _SKIPPED]
    except (tokenize.TokenError, SyntaxError):
        return None
    return [token.string for token in tokens] if tokens and all(token.type in _KNOWN for token in tokens) else None


def _same(text: str, other: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trees = [ast.dump(ast.parse(each, mode="eval")) for each in (text, other)]
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return trees[0] == trees[1]


def _spaced(parts: list[str]) -> list[str]:
    """The parts, with the space before each that needs one."""
    return [" " * (place > 0 and _apart(parts, place)) + part for place, part in enumerate(parts)]


def _apart(parts: list[str], place: int) -> bool:
    """Whether a space stands before a part."""
    part, before = parts[place], parts[place - 1]
    if before in ("(", "[", ".") or part in (")", "]", ",", ".", ":"):
        return False
    if part in ("(", "["):
        return not _ends_operand(before)
    sign = before in ("-", "+", "~") and (place == 1 or not _ends_operand(parts[place - 2]))
    return not sign


def _ends_operand(part: str) -> bool:
    word = part in ("True", "False", "None") or not keyword.iskeyword(part)
    return part in (")", "]") or (word and (part[0].isalnum() or part[0] in "_.\"'"))


def _junctions(parts: list[str]) -> list[list[str]]:
    """The parts of the outermost junction that binds least, each but the first with its word."""
    depth = 0
    outer: list[tuple[int, str]] = []
    for place, part in enumerate(parts):
        depth -= part.strip() in (")", "]")
        if depth == 0:
            outer.append((place, part.strip()))
        depth += part.strip() in ("(", "[")
    words = [part for _, part in outer]
    word = None if "if" in words else next((word for word in _JUNCTIONS if word in words), None)
    cuts = [0, *(place for place, part in outer if part == word), len(parts)]
    return [parts[start:end] for start, end in pairwise(cuts)]


def _wrapped(parts: list[str], width: int) -> list[str]:
    """One line, or as many as needed: broken before 'and' and 'or' or after commas, else at any space."""
    line = "".join(parts).strip()
    ends = [place for place in range(1, len(parts)) if parts[place].startswith(" ")]
    if len(line) <= width or not ends:
        return [line]
    fitting = [end for end in ends if len("".join(parts[:end]).strip()) <= width] or ends[:1]
    best = [end for end in fitting if parts[end].strip() in _JUNCTIONS]
    best = best or [end for end in fitting if parts[end - 1] == ","] or fitting
    return ["".join(parts[: best[-1]]).strip(), *_wrapped(parts[best[-1] :], width)]

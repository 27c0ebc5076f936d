"""From the text of a condition to a checked tree: a subset of Python's expressions, every mistake reported in place."""

import ast
import math
import re
import warnings
from collections.abc import Callable, Sequence

from yaml import ScalarNode

from moderation.policy import tree
from moderation.policy.document import Document
from moderation.policy.evidence.condition import compared, is_precision
from moderation.policy.functions import CALLABLE, FUNCTIONS, KNOWN, PRECISION, TEXT_FUNCTIONS, TextFunction, Type
from moderation.policy.keys import LEVELS
from moderation.policy.names import CONTENT, Name, Scope, remembered
from moderation.policy.problems import joined, nearest, shortened
from moderation.policy.remembered import STRIKES_FOR, SUBJECTS, WINDOW_HINT, WINDOWED, Asked, window_of
from moderation.policy.threevalued import ANYTHING, ARITHMETIC, LARGEST, either_bounds, negate_bounds
from moderation.taxonomy import Category

_KIND_OF = {"facts": "fact"} | dict.fromkeys(SUBJECTS, "name")

MAX_CHARACTERS = 4_000
MAX_DEPTH = 24

_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_SLIPS = (
    ("&&", "write 'and' for &&"),
    ("||", "write 'or' for ||"),
    ("=>", "write >= for =>"),
    ("=<", "write <= for =<"),
    ("<>", "write != for <>"),
)
_LANGUAGE = "a condition is made of names, numbers, 'texts', comparisons, and, or, not, + - * /, in, and " + ", ".join(
    f"{name}()" for name in sorted(CALLABLE)
)
_SEARCHES = re.compile(r"\b(contains|includes|like|matches|startswith)\b", re.IGNORECASE)
_LOOKS = " or ".join(f"{name}({CONTENT}, LIST)" for name in sorted(TEXT_FUNCTIONS))
_BOOLEANS = {"true": True, "false": False}
_BARE_WINDOW = re.compile(rf"\b(?:{'|'.join(SUBJECTS)})\.\w+\(\s*(\d+\s*[A-Za-z]\w*)\s*\)")


class Source:
    """The text of one condition in its file, parsed to Python's syntax tree but not yet checked."""

    def __init__(self, document: Document, node: ScalarNode, text: str) -> None:
        self.document = document
        self.node = node
        # One for one, so that offsets stay: a condition may run over lines.
        self.text = re.sub(r"[\n\r\f\v]", " ", text)
        self._shift = len(self.text) - len(self.text.lstrip())
        self.body = self._parsed()

    def report(self, start: int, end: int, message: str, hint: str | None = None) -> None:
        """Report a problem with some of the condition's characters."""
        self.document.inside(self.node, start, end, message, hint)

    def span(self, node: ast.expr) -> tuple[int, int]:
        """The characters of a node. Python counts bytes of UTF-8."""
        line = self.text.lstrip().encode()
        start, end = node.col_offset, node.end_col_offset if node.end_col_offset is not None else len(line)
        return (self._shift + len(line[:start].decode()), self._shift + len(line[:end].decode()))

    def names(self) -> set[str]:
        """Every dotted or plain name in it, known or not."""
        return {name for node in ast.walk(self.body) if (name := _dotted(node))} if self.body else set()

    def _parsed(self) -> ast.expr | None:
        text = self.text.strip()
        if not text:
            self.report(0, 1, "an empty condition", _LANGUAGE)
            return None
        if len(text) > MAX_CHARACTERS:
            self.report(0, 1, f"a condition may have {MAX_CHARACTERS:,} characters", "split it with derived signals")
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                body = ast.parse(text, mode="eval").body
        except (MemoryError, RecursionError):
            self.report(0, len(self.text), "nested too deeply", "split it with derived signals")
            return None
        except SyntaxError as error:
            self._report_syntax(text, error)
            return None
        except ValueError as error:
            self.report(0, len(self.text), f"cannot be read: {error}")
            return None
        if isinstance(body, ast.Tuple) and (match := re.search(r"(?<![\w.])(\d+),(\d+)(?![\w.])", text)):
            start, end = self._shift + match.start(), self._shift + match.end()
            hint = f"a number has a point: write {match[1]}.{match[2]}"
            self.report(start, end, f"'{match[0]}' is no number", hint)
            return None
        if _depth(body) > MAX_DEPTH:
            self.report(0, len(self.text), f"nested more than {MAX_DEPTH} deep", "split it with derived signals")
            return None
        end = self.span(body)[1]
        if "#" in self.text[end:]:
            start = self.text.index("#", end)
            self.report(start, len(self.text), "a comment inside a condition", "put it on a line of its own, before")
            return None
        return body

    def _report_syntax(self, text: str, error: SyntaxError) -> None:
        for slip, hint in _SLIPS:
            if slip in text:
                start = self._shift + text.index(slip)
                return self.report(start, start + len(slip), f"'{slip}' is not part of the language", hint)
        if match := re.search(r"(?<![=<>!])=(?!=)", text):
            start = self._shift + match.start()
            return self.report(start, start + 1, "'=' does not compare", "write == for equal, >= for at least")
        if match := re.search(r"\b(AND|OR|NOT|IN)\b", text):
            start, word = self._shift + match.start(), match.group()
            return self.report(
                start, start + len(word), f"'{word}' is not a word of the language", f"write '{word.lower()}'"
            )
        if match := re.search(r"(\d+(?:\.\d+)?) ?%", text):
            start, end = self._shift + match.start(), self._shift + match.end()
            part = f"write {float(match[1]) / 100:g} for {match[1]}%"
            return self.report(start, end, "'%' is not part of the language", part)
        if match := _SEARCHES.search(text):
            start, end = self._shift + match.start(), self._shift + match.end()
            return self.report(start, end, f"'{match[1]}' is not a word of the language", f"write {_LOOKS}")
        if match := _BARE_WINDOW.search(text):
            start, end = self._shift + match.start(1), self._shift + match.end(1)
            return self.report(start, end, f"a window without quotes: {shortened(match[1])}", WINDOW_HINT)
        if self.node.style is None and "was never closed" in str(error.msg):
            start = self._shift + max((error.offset or 1) - 1, 0)
            return self.report(
                start, start + 1, "'(' is never closed", "between { and } a comma ends it: put it in quotes"
            )
        # Python counts characters here, from 1, and 0 for nowhere.
        start = self._shift + min(max((error.offset or 1) - 1, 0), max(len(text) - 1, 0))
        return self.report(start, start + 1, f"cannot be read: {shortened(error.msg or 'syntax error')}", _LANGUAGE)


def _dotted(node: ast.AST) -> str | None:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


def _depth(body: ast.expr) -> int:
    depth, level = 0, [body]
    while level:
        depth += 1
        level = [child for node in level for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    return depth


def check(source: Source, scope: Scope, wanted: Type | None) -> tree.Node | None:
    """The tree of a condition (`wanted` boolean) or a derived signal (None: any); None when a problem was reported."""
    if source.body is None:
        return None
    node = _Checker(source, scope).node(source.body)
    if node is not None and wanted is not None and node.type != wanted:
        start, end = source.span(source.body)
        source.report(start, end, f"a condition must be true or false, this is a {node.type}", "compare it: ... >= 0.9")
        return None
    return node


class _Checker:
    def __init__(self, source: Source, scope: Scope) -> None:
        self._source = source
        self._scope = scope

    def _refuse(self, node: ast.expr, message: str, hint: str | None = None) -> None:
        start, end = self._source.span(node)
        self._source.report(start, end, message, hint)

    def _text(self, node: ast.expr) -> str:
        start, end = self._source.span(node)
        return shortened(self._source.text[start:end])

    def node(self, node: ast.expr) -> tree.Node | None:
        """The checked node, or None after reporting what is wrong with it."""
        for kind, check_kind in _KINDS.items():
            if isinstance(node, kind):
                checked: tree.Node | None = check_kind(self, node)
                return checked
        self._refuse(node, f"'{self._text(node)}' is not part of the language", _LANGUAGE)
        return None

    def _typed(self, node: ast.expr, wanted: Type, where: str) -> tree.Node | None:
        checked = self.node(node)
        if checked is None or checked.type == wanted:
            return checked
        hint = "compare it: ... >= 0.9" if (wanted, checked.type) == ("boolean", "number") else None
        self._refuse(node, f"{where} needs a {wanted}, '{self._text(node)}' is a {checked.type}", hint)
        return None

    def constant(self, node: ast.Constant) -> tree.Node | None:
        value = node.value
        if isinstance(value, bool):
            return tree.Constant("boolean", value=value)
        if isinstance(value, str):
            return tree.Constant("string", value=value)
        if isinstance(value, int | float):
            try:
                number = float(value)
            except OverflowError:
                number = math.inf
            if math.isfinite(number):
                return tree.Constant("number", (number, number), number)
            self._refuse(node, "too large a number")
            return None
        self._refuse(node, f"'{self._text(node)}' is not part of the language", _LANGUAGE)
        return None

    def name(self, node: ast.Name | ast.Attribute) -> tree.Node | None:
        name = _dotted(node)
        if name is None:
            self._refuse(node, f"'{self._text(node)}' is not a name", _LANGUAGE)
            return None
        if name in _BOOLEANS:
            return tree.Constant("boolean", value=_BOOLEANS[name])
        if name in self._scope.names:
            declared = self._scope.names[name]
            return tree.NameOf(declared.type, declared.bounds, name)
        if name in self._scope.broken:
            return None
        if name in self._scope.lists:
            self._refuse(node, f"'{name}' is a list", f"ask whether something is in it: post.language in {name}")
        elif name in LEVELS.meanings:
            self._no_level(node, name)
        elif name == CONTENT:
            hint = f"look through it: {_LOOKS}"
            self._refuse(node, f"'{CONTENT}' has no value: decisions must not hold what was written", hint)
        elif name in CALLABLE:
            self._refuse(node, f"'{name}' is a function", f"call it: {name}(...)")
        elif name in WINDOWED:
            self._refuse(node, f"'{name}' needs a window of time", f"write {WINDOWED[name].example}")
        else:
            what = _KIND_OF.get(name.partition(".")[0], "signal") if "." in name else "name"
            self._refuse(node, f"unknown {what} '{shortened(name)}'", self._scope.hint_for(name))
        return None

    def unary(self, node: ast.UnaryOp) -> tree.Node | None:
        if isinstance(node.op, ast.Not):
            operand = self._typed(node.operand, "boolean", "'not'")
            return tree.Not("boolean", operand=operand) if operand else None
        if isinstance(node.op, ast.USub):
            operand = self._typed(node.operand, "number", "'-'")
            return tree.Negative("number", negate_bounds(operand.bounds), operand) if operand else None
        self._refuse(node, f"'{self._text(node)}' is not part of the language", _LANGUAGE)
        return None

    def junction(self, node: ast.BoolOp) -> tree.Node | None:
        word = "and" if isinstance(node.op, ast.And) else "or"
        operands = [self._typed(value, "boolean", f"'{word}'") for value in node.values]
        complete = _complete(operands)
        return tree.Junction("boolean", operands=complete, word="and" if word == "and" else "or") if complete else None

    def arithmetic(self, node: ast.BinOp) -> tree.Node | None:
        operator = _ARITHMETIC.get(type(node.op))
        if operator is None:
            hint = "write 'and' for &, 'or' for |" if isinstance(node.op, ast.BitAnd | ast.BitOr) else _LANGUAGE
            self._refuse(node, f"the operator in '{self._text(node)}' is not part of the language", hint)
            return None
        operands = [self._typed(side, "number", f"'{operator}'") for side in (node.left, node.right)]
        complete = _complete(operands)
        if complete is None:
            return None
        bounds = ARITHMETIC[operator][1](complete[0].bounds, complete[1].bounds)
        return tree.Arithmetic("number", bounds, complete, operator)

    def comparison(self, node: ast.Compare) -> tree.Node | None:
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
            return self._member(node, node.comparators[0], isinstance(node.ops[0], ast.NotIn))
        operators = [_COMPARE.get(type(op)) for op in node.ops]
        if None in operators:
            only = (
                "'in' cannot stand in a chain" if any(isinstance(op, ast.In | ast.NotIn) for op in node.ops) else None
            )
            self._refuse(node, only or "'is' does not compare", "put it in parentheses" if only else "write ==")
            return None
        sides = [node.left, *node.comparators]
        if any(map(is_precision, sides)):
            return compared(sides, list(map(str, operators)), self._scope, self._refuse)
        complete = _complete([self._level(sides, place) or self.node(side) for place, side in enumerate(sides)])
        if complete is None:
            return None
        found = True
        for position, operator in enumerate(operators):
            pair, asts = complete[position : position + 2], sides[position : position + 2]
            found = self._comparable(node, pair, asts, str(operator)) and found
        return tree.Comparison("boolean", operands=complete, operators=tuple(map(str, operators))) if found else None

    def _level(self, sides: Sequence[ast.expr], place: int) -> tree.Node | None:
        """The number that `low`, `moderate` or `high` stands for beside a signal that has it; else None."""
        level = _dotted(sides[place]) or ""
        beside = [_dotted(side) or "" for side in (*sides[max(place - 1, 0) : place], *sides[place + 1 : place + 2])]
        levels = [self._scope.thresholds[name] for name in beside if name in self._scope.thresholds]
        values = {own[level] for own in levels if level in own}
        if len(values) != 1:
            return None
        (value,) = values
        return tree.Constant("number", (value, value), value)

    def _no_level(self, node: ast.Name | ast.Attribute, level: str) -> None:
        having = [name for name, levels in self._scope.thresholds.items() if level in levels]
        hint = f"write {having[0]} >= {level}; declared for: {', '.join(having)}" if having else None
        example = f"declare it: thresholds: {{text.hate: {{{level}: 0.9}}}}"
        self._refuse(node, f"'{level}' stands for a number only beside one signal that has it", hint or example)

    def _comparable(
        self, node: ast.Compare, pair: Sequence[tree.Node], asts: Sequence[ast.expr], operator: str
    ) -> bool:
        left, right = pair
        if left.type != right.type:
            message = f"cannot compare a {left.type} with a {right.type}: '{self._text(node)}'"
            self._refuse(node, message, "texts stand in quotes, numbers do not")
            return False
        if left.type != "number":
            if operator in ("==", "!="):
                return True
            self._refuse(
                node, f"'{operator}' compares numbers, '{self._text(asts[0])}' is a {left.type}", "use == or !="
            )
            return False
        for side, other, place in ((left, right, asts[1]), (right, left, asts[0])):
            if side.bounds == (0.0, 1.0) and isinstance(other, tree.Constant) and not 0.0 <= other.bounds[0] <= 1.0:
                value = other.bounds[0]
                hint = f"for {value:g} % write {value / 100:g}" if 1.0 < value <= 100.0 else None
                self._refuse(place, f"scores lie between 0 and 1: {value:g} is never reached", hint)
                return False
        return True

    def _member(self, node: ast.Compare, listed: ast.expr, negated: bool) -> tree.Node | None:
        operand = self._typed(node.left, "string", "'in'")
        values = self._list(listed)
        if operand is None or values is None:
            return None
        return tree.Member("boolean", operand=operand, values=tuple(sorted(set(values))), negated=negated)

    def _list(self, node: ast.expr) -> Sequence[str] | None:
        if isinstance(node, ast.List | ast.Tuple):
            texts = [item.value for item in node.elts if isinstance(item, ast.Constant) and isinstance(item.value, str)]
            if len(texts) == len(node.elts):
                return texts
            self._refuse(node, "a list holds texts only", "such as ['comment', 'message']")
            return None
        name = _dotted(node)
        if name is not None and name in self._scope.lists:
            return self._scope.lists[name]
        if name is None or name not in self._scope.broken:
            close = nearest(name, self._scope.lists) if name else None
            hint = joined(close, "declare it under lists:, or write the list out: ['comment', 'message']")
            self._refuse(node, f"'in' needs a list, '{self._text(node)}' is none", hint)
        return None

    def call(self, node: ast.Call) -> tree.Node | None:
        name = _dotted(node.func)
        if name == KNOWN:
            return self._known(node)
        if name == PRECISION:
            self._refuse(
                node,
                f"{PRECISION}() has no value: it stands beside the precision asked for",
                f"{PRECISION}(text.hate) >= 0.98",
            )
            return None
        if name in TEXT_FUNCTIONS:
            return self._match(node, TEXT_FUNCTIONS[name])
        if name and name.partition(".")[0] in SUBJECTS:
            return self._remembered(node, name)
        function = FUNCTIONS.get(name) if name else None
        if function is None:
            hint = joined(nearest(name or "", CALLABLE), f"functions: {', '.join(sorted(CALLABLE))}")
            self._refuse(node.func, f"unknown function '{self._text(node.func)}'", hint)
            return None
        count, needed = len(node.args), len(function.parameters)
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            self._refuse(node, f"{name}() takes plain arguments only")
            return None
        if count < needed or (count > needed and not function.repeated):
            least = "at least " if function.repeated else ""
            self._refuse(node, f"{name}() takes {least}{needed} argument{'s' * (needed > 1)}, here are {count}")
            return None
        types = [*function.parameters, *[function.parameters[-1]] * (count - needed)]
        typed = [self._typed(argument, kind, f"{name}()") for argument, kind in zip(node.args, types, strict=True)]
        complete = _complete(typed)
        if complete is None:
            return None
        for argument, operand in zip(node.args, complete, strict=True):
            if function.unit and not (operand.bounds[0] >= 0.0 and operand.bounds[1] <= 1.0):
                self._refuse(argument, f"{name}() takes scores: '{self._text(argument)}' need not lie between 0 and 1")
                return None
        numbers = function.result == "number"
        bounds = function.bounds(*(operand.bounds for operand in complete)) if numbers else ANYTHING
        return tree.Call(function.result, bounds, complete, function.name)

    def _match(self, node: ast.Call, function: TextFunction) -> tree.Node | None:
        names = [_dotted(argument) for argument in node.args]
        if len(names) != 2 or node.keywords or names[0] != CONTENT:
            self._refuse(
                node, f"{function.name}() looks through the text of the post", f"{function.name}({CONTENT}, LIST)"
            )
            return None
        listed = names[1]
        if listed is None or listed not in self._scope.lists:
            hint = joined(nearest(listed, self._scope.lists) if listed else None, "declare the list under lists:")
            self._refuse(node.args[1], f"{function.name}() needs a list, '{self._text(node.args[1])}' is none", hint)
            return None
        terms = self._scope.lists[listed]
        for term in terms:
            if problem := function.refused(term):
                message = f"{function.name}() cannot look for '{shortened(term)}' of '{listed}': it {problem}"
                self._refuse(node.args[1], message)
                return None
        name = f"{function.name}({CONTENT}, {listed})"
        declared = Name(name, "post", function.result, 0.0, LARGEST)
        self._scope.names[name] = declared
        return tree.Match(declared.type, declared.bounds, name, function.name, tuple(sorted(set(terms))))

    def _remembered(self, node: ast.Call, name: str) -> tree.Node | None:
        if name not in WINDOWED and name != STRIKES_FOR.name:
            if name in self._scope.names:
                self._refuse(node, f"'{name}' takes no arguments", f"write {name}")
            else:
                self._refuse(node.func, f"unknown name '{shortened(name)}'", self._scope.hint_for(name))
            return None
        measure = WINDOWED.get(name, STRIKES_FOR)
        argument = node.args[0] if len(node.args) == 1 and not node.keywords else None
        if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
            one = "a window of time" if measure.argument == "window" else "a reason"
            hint = WINDOW_HINT if measure.argument == "window" else f"write {measure.example}"
            self._refuse(argument or node, f"{name}() takes {one}, in quotes", hint)
            return None
        given = argument.value
        if measure.argument == "window":
            window = window_of(given)
            if window is None:
                self._refuse(argument, f"'{shortened(given)}' is no window of time", WINDOW_HINT)
                return None
            return self._past(Asked(measure, given, window))
        if given not in self._scope.reasons and given not in tuple(Category):
            known = joined(nearest(given, [*Category, *self._scope.reasons]), f"categories: {', '.join(Category)}")
            self._refuse(argument, f"unknown reason '{shortened(given)}'", known)
            return None
        return self._past(Asked(measure, given))

    def _past(self, asked: Asked) -> tree.Node:
        declared = self._scope.names.setdefault(asked.name, remembered(asked.name))
        return tree.NameOf(declared.type, declared.bounds, declared.name)

    def _known(self, node: ast.Call) -> tree.Node | None:
        argument = node.args[0] if len(node.args) == 1 and not node.keywords else None
        named = _dotted(argument.func if isinstance(argument, ast.Call) else argument) if argument else None
        past = named is not None and named.partition(".")[0] in SUBJECTS
        if argument is None or named is None or (isinstance(argument, ast.Call) and not past) or named in _BOOLEANS:
            self._refuse(node, "known() takes one name", "such as known(facts.account_age_days)")
            return None
        checked = self.node(argument)
        return tree.Known("boolean", name=checked.name) if isinstance(checked, tree.NameOf) else None

    def choice(self, node: ast.IfExp) -> tree.Node | None:
        condition = self._typed(node.test, "boolean", "'if'")
        complete = _complete([condition, self.node(node.body), self.node(node.orelse)])
        if complete is None:
            return None
        _, then, otherwise = complete
        if then.type != otherwise.type:
            self._refuse(node, f"both sides of 'if ... else' must be alike: {then.type} and {otherwise.type}")
            return None
        bounds = either_bounds(None, then.bounds, otherwise.bounds)
        return tree.Choice(then.type, bounds, complete)


def _complete(nodes: Sequence[tree.Node | None]) -> tuple[tree.Node, ...] | None:
    found = tuple(node for node in nodes if node is not None)
    return found if len(found) == len(nodes) else None


_KINDS: dict[type[ast.expr], Callable[..., tree.Node | None]] = {
    ast.Constant: _Checker.constant,
    ast.Name: _Checker.name,
    ast.Attribute: _Checker.name,
    ast.UnaryOp: _Checker.unary,
    ast.BoolOp: _Checker.junction,
    ast.BinOp: _Checker.arithmetic,
    ast.Compare: _Checker.comparison,
    ast.Call: _Checker.call,
    ast.IfExp: _Checker.choice,
}

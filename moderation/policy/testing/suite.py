"""A file of tests: what is given and what is expected, checked against the policy that is tested."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from moderation.errors import PolicyError
from moderation.events import Action, LaneName, LaneState, Stage
from moderation.policy.model import Policy
from moderation.policy.names import Name, registered, remembered
from moderation.policy.problems import nearest, shortened
from moderation.policy.remembered import asked

CONTENT = "post.text"
"""What the post says, for functions that look through it."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expected(_Part):
    """What a decision must be. What is left out may be anything; `undetermined` and `reasons` are complete."""

    action: Action | None = None
    stage: Stage | None = None
    reasons: tuple[str, ...] | None = None
    fired: tuple[str, ...] = ()
    not_fired: tuple[str, ...] = ()
    silenced: tuple[str, ...] = ()
    undetermined: tuple[str, ...] | None = None
    queue: str | None = None

    def rules(self) -> set[str]:
        """Every rule that is named."""
        return {*self.fired, *self.not_fired, *self.silenced, *(self.undetermined or ())}


class Case(_Part):
    """One test. `given` are values by name; `unknown` names that have none; `post` a post for the model to score;
    `breakers` those that are open."""

    name: str = Field(min_length=1)
    given: dict[str, Any] = Field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    lanes: dict[LaneName, LaneState] = Field(default_factory=dict)
    post: dict[str, Any] | None = None
    breakers: tuple[str, ...] = ()
    expect: Expected

    @field_validator("given")
    @classmethod
    def _without_quotes(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {_plain(name): value for name, value in given.items()}

    @field_validator("unknown")
    @classmethod
    def _all_without_quotes(cls, unknown: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(_plain, unknown))


class SuiteFile(_Part):
    policy: str | None = None
    given: dict[str, Any] = Field(default_factory=dict)
    tests: tuple[Case, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests of one file, each with `given` of the whole file below its own, and its line, from 1."""

    file: Path
    policy: Path
    cases: tuple[Case, ...]
    lines: tuple[int, ...]


def load_suite(path: Path) -> Suite:
    """Read a file of tests. Its policy, if it names none, has its name, one folder up. Raises `PolicyError`."""
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
        if isinstance(content, dict) and "rules" in content and "tests" not in content:
            raise _a_policy(path)
        found = SuiteFile.model_validate(content)
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise _unreadable(path, error) from None
    items = next(value for key, value in node.value if key.value == "tests").value if node else []
    policy = path.parent / found.policy if found.policy else path.parent.parent / path.name
    cases = [
        case.model_copy(update={"given": {_plain(name): value for name, value in found.given.items()} | case.given})
        for case in found.tests
    ]
    return Suite(path, policy, tuple(cases), tuple(item.start_mark.line + 1 for item in items))


def _a_policy(path: Path) -> PolicyError:
    tests = path.parent / "tests" / path.name
    hint = f"did you mean {tests}?" if tests.is_file() else f"its tests belong into {tests}; see docs/policy-authors.md"
    return PolicyError(f"{path}: this is a policy, not a file of tests\n   {hint}")


def _unreadable(path: Path, error: Exception) -> PolicyError:
    if not isinstance(error, ValidationError):
        return PolicyError(f"{path}: not valid YAML: {' '.join(str(error).split())}")
    return PolicyError("\n".join(f"{path}: {_problem(own)}" for own in error.errors()))


def _problem(error: Any) -> str:
    *place, last = error["loc"] or ("the file",)
    if error["type"] != "extra_forbidden":
        return f"{'.'.join(map(str, (*place, last)))}: {error['msg']}"
    model = Expected if "expect" in place else Case if place else SuiteFile
    hint = nearest(str(last), model.model_fields) or f"one of: {', '.join(model.model_fields)}"
    return f"{'.'.join(map(str, place)) or 'the file'}: unknown key '{shortened(str(last))}'  {hint}"


def misfits(suite: Suite, policy: Policy) -> list[str]:
    """What the tests name that the policy does not have, and values that cannot be."""
    names = registered() | {fact.name: fact for fact in policy.facts.values()}
    names |= {name: remembered(name) for name in policy.program.remembers}
    names[CONTENT] = Name(CONTENT, "post", "string")
    rules = [*(own.id for own in policy.rules), *(own.id for own in policy.exemptions)]
    found: list[str] = []
    for case, line in zip(suite.cases, suite.lines, strict=True):
        place = f"{suite.file}:{line}: {case.name}"
        found += [
            f"{place}: {_not_there(name)}  {nearest(name, names) or ''}"
            for name in (*case.given, *case.unknown)
            if name not in names
        ]
        for name, value in case.given.items():
            if name in names and (wrong := _wrong(names[name], value)):
                found.append(f"{place}: {name}: {wrong}")
        found += [
            f"{place}: no rule '{shortened(rule)}'  {nearest(rule, rules) or ''}"
            for rule in sorted(case.expect.rules() - set(rules))
        ]
        found += [
            f"{place}: no breaker '{shortened(name)}'  {nearest(name, policy.breakers) or ''}"
            for name in case.breakers
            if name not in policy.breakers
        ]
        if case.expect.queue is not None and case.expect.queue not in policy.queues:
            found.append(f"{place}: no queue '{shortened(case.expect.queue)}'")
    return [own.rstrip() for own in found]


def _plain(name: str) -> str:
    """`author.posts(10m)`, also where it is written as in a condition, with quotes."""
    found = asked(name)
    return name if found is None else found.name


def _not_there(name: str) -> str:
    if asked(name) is not None:
        return f"the policy does not look at '{shortened(name)}'"
    return f"no signal or declared fact '{shortened(name)}'"


def _wrong(name: Name, value: Any) -> str | None:
    if name.type == "string":
        return None if isinstance(value, str) else f"{value!r} is no text: put it in quotes"
    if name.type == "boolean":
        return None if isinstance(value, bool) else f"{value!r} is neither true nor false"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{value!r} is no number"
    return None if name.low <= value <= name.high else f"{value!r} lies outside {name.low:g} to {name.high:g}"

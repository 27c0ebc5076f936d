"""Statements of reasons: what an author is told of a restriction, in plain words.

Regulation (EU) 2022/2065 (DSA), article 17, says what must stand in it; `moderation.review.statements` is the same for
machines.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.errors import NoSuchItem, ReviewError
from moderation.events import Decision, FiredRule
from moderation.policy.model import Policy
from moderation.review.section import Section
from moderation.review.tables import Answer, DecisionRow, Item
from moderation.taxonomy import DEFINITIONS, Category

RESTRICTIONS: dict[str, str] = {
    "remove": "was removed: nobody can see it any more",
    "restrict": "was restricted: it stays where it is, and is shown to fewer people",
    "hold": "is held back: nobody can see it until a person has looked at it",
    "label": "was given a warning that readers see",
}
"""Action -> what was done. Only these need a reason."""

_KNOWN_SURFACES = ("comment", "listing", "message", "post", "profile", "reply", "username")


class Notices(Section):
    """What stands in every notice, and only you can know."""

    ground: str = Field("community standards", description="what your rules are called, where your users read them")
    ground_url: str | None = Field(None, description="where they read them")
    appeal: str = Field(
        "You can appeal against this decision within six months, at no cost. A person who had no part in it will "
        "look again.",
        description="how to appeal",
    )
    elsewhere: str = Field(
        "You may also turn to a certified out-of-court dispute settlement body, or to a court.",
        description="what else can be done about it",
    )
    territory: tuple[str, ...] = Field(
        (), description="where you restrict: countries as DE, FR; for the DSA's database"
    )


@dataclass(frozen=True, slots=True)
class Case:
    """All that is known of a restriction. `cause` is the automated decision that a person's replaced, if one did.

    `in_bulk` says that a person's answer on another, nearly equal post was taken over.
    """

    decision: Decision
    at: datetime
    current: bool
    cause: Decision | None
    policy: Policy | None
    item: Item | None
    in_bulk: bool

    @property
    def by_person(self) -> bool:
        """Whether a person decided, not the policy."""
        return self.decision.verdict_id is not None

    @property
    def behind(self) -> tuple[FiredRule, ...]:
        """The rules by which it was decided, or by which a person came to look at it."""
        judged = self.decision if self.cause is None else self.cause
        counted = [rule for rule in judged.rules if rule.silenced_by is None and rule.action != "allow"]
        own = [rule for rule in counted if rule.because in self.decision.reasons]
        return tuple(own or counted)


def case(session: Session, decision_id: str, policies: Callable[[str], Policy | None]) -> Case:
    """What is known of a decision. Raises `NoSuchItem`, and `ReviewError` for one that restricts nobody."""
    row = session.get(DecisionRow, decision_id)
    if row is None:
        raise NoSuchItem(f"no decision {decision_id} is known here; one just made takes a moment to arrive")
    if row.action not in RESTRICTIONS:
        raise ReviewError(
            f"the decision was '{row.action}', which restricts nobody: there is nothing to give reasons for"
        )
    decision = Decision.model_validate(row.record)
    cause = _cause(session, decision)
    judged = decision if cause is None else cause
    item = session.scalars(
        select(Item)
        .where(Item.post_id == row.post_id, Item.revision == row.revision, Item.status != "gold")
        .order_by((Item.verdict_id == row.verdict_id).desc(), Item.received_at.desc())
    ).first()
    answer = None if item is None or item.answer_id is None else session.get(Answer, item.answer_id)
    return Case(
        decision=decision,
        at=row.at,
        current=row.current,
        cause=cause,
        policy=None if judged.policy_hash is None else policies(judged.policy_hash),
        item=item,
        in_bulk=item is not None and answer is not None and answer.review_id != item.review_id,
    )


def notice(found: Case, rules: Notices) -> str:
    """The notice to the author, in English, as paragraphs of text."""
    surface = found.item.surface if found.item is not None and found.item.surface in _KNOWN_SURFACES else "post"
    where = f" ({rules.ground_url})" if rules.ground_url else ""
    parts = [
        f"Your {surface} {RESTRICTIONS[found.decision.action]}.",
        _section(f"Why, by our {rules.ground}{where}", reasons(found) or ["No reason was recorded."]),
        _section("How this was decided", _how(found)),
        _section("What you can do", [rules.appeal, rules.elsewhere]),
        f"Decided on {found.at:%d %B %Y at %H:%M} UTC. Reference: {found.decision.decision_id}",
    ]
    if not found.current:
        parts.insert(1, "This decision has been replaced by a later one.")
    return "\n\n".join(parts) + "\n"


def reasons(found: Case) -> list[str]:
    """What the author is accused of: categories with their meaning, and the policy's own reasons in its words."""
    told = []
    for reason in found.decision.reasons:
        if reason in DEFINITIONS:
            definition = DEFINITIONS[Category(reason)]
            told.append(f"{definition.title}: {definition.meaning.split(' No model shipped here')[0]}")
        else:
            told.append(found.policy.reasons.get(reason, reason) if found.policy else reason)
    return told


def notes(found: Case) -> list[str]:
    """What the policy says of the rules behind it."""
    if found.policy is None:
        return []
    own = {rule.id: rule.note for rule in found.policy.rules}
    return [note for rule in found.behind if (note := own.get(rule.rule))]


def _how(found: Case) -> list[str]:
    if found.in_bulk:
        told = ["A person looked at a post that is nearly the same as yours, and the decision was taken over to yours."]
    elif found.by_person:
        told = ["A person looked at it and decided."]
    else:
        told = ["An automated system decided. No person has looked at it."]
    if found.by_person and (found.cause is not None and found.cause.rules):
        told.append("An automated system had found it and brought it to that person.")
    if by_report(found):
        told.append("It had been reported to us.")
    return told + notes(found)


def by_report(found: Case) -> bool:
    """Whether reports had a part in it: a rule behind it saw some."""
    return any(rule.values.get("facts.reports") for rule in found.behind)


def _cause(session: Session, decision: Decision) -> Decision | None:
    """The decision of the policy before the persons': an appeal may have been decided in between."""
    seen: set[str] = set()
    while decision.verdict_id is not None and decision.supersedes and decision.supersedes not in seen:
        seen.add(decision.supersedes)
        row = session.get(DecisionRow, decision.supersedes)
        if row is None:
            return None
        decision = Decision.model_validate(row.record)
        if decision.verdict_id is None:
            return decision
    return None


def _section(title: str, lines: list[str]) -> str:
    return "\n".join([title, *(f"- {line}" for line in lines if line)])

"""Statements of reasons: what an author is told of a restriction, in plain words.

Regulation (EU) 2022/2065 (DSA), article 17, says what must stand in it; `moderation.review.statements` is the same for
machines.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from pydantic import Field, PrivateAttr
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.errors import NoSuchItem, ReviewError
from moderation.events import Decision, FiredRule
from moderation.policy.model import Policy
from moderation.review.section import Section
from moderation.review.tables import Answer, DecisionRow, Item
from moderation.review.wording import FALLBACK, Languages, Wording, fill, languages
from moderation.taxonomy import DEFINITIONS, Category

RESTRICTIONS = ("label", "hold", "restrict", "remove")
"""The actions that restrict somebody, the mildest first. Only these need a reason."""


class Notices(Section):
    """How authors are told, as far as only you can know."""

    language: str = Field(FALLBACK, description="of notices where the post's is not known, and of statements")
    words: Path | None = Field(None, description="a folder beside this file with your words, one file per language")
    ground_url: str | None = Field(None, description="where your users read the rules that posts break")
    territory: tuple[str, ...] = Field(
        (), description="where you restrict: countries as DE, FR; for the DSA's database"
    )

    _read: Languages | None = PrivateAttr(None)

    def beside(self, folder: Path) -> "Notices":
        """The same with its words, whose path is as it is from `folder`. Raises `ConfigurationError`."""
        if self.words is None:
            return self
        words = folder / self.words
        made = self.model_copy(update={"words": words})
        made._read = languages(words)
        return made

    @property
    def languages(self) -> Languages:
        """Every language that there are words for, as they were read with the rules."""
        return self._read or languages(self.words)

    @property
    def wording(self) -> Wording:
        """The words of `language`."""
        return self.languages[self.languages.chosen(self.language)]


@dataclass(frozen=True)
class Case:
    """All that is known of a restriction. `cause` is the automated decision that a person's replaced, if one did.

    `in_bulk` says that a person's answer on another, nearly equal post was taken over. What asks for policies, which
    may take a while, is to be called when the transaction is over: notices and statements do.
    """

    decision: Decision
    at: datetime
    current: bool
    cause: Decision | None
    policies: Callable[[str], Policy | None]
    item: Item | None
    in_bulk: bool

    @cached_property
    def policy(self) -> Policy | None:
        """The one that decided, if it is known here."""
        return None if self._judged.policy_hash is None else self.policies(self._judged.policy_hash)

    @property
    def _judged(self) -> Decision:
        return self.decision if self.cause is None else self.cause

    @property
    def by_person(self) -> bool:
        """Whether a person decided, not the policy."""
        return self.decision.verdict_id is not None

    @property
    def behind(self) -> tuple[FiredRule, ...]:
        """The rules by which it was decided, or by which a person came to look at it."""
        counted = [rule for rule in self._judged.rules if rule.silenced_by is None and rule.action != "allow"]
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
    item = session.scalars(
        select(Item)
        .where(Item.post_id == row.post_id, Item.revision == row.revision, Item.status != "gold")
        .order_by((Item.verdict_id == row.verdict_id).desc().nulls_last(), Item.received_at.desc())
    ).first()
    return Case(
        decision=decision,
        at=row.at,
        current=row.current,
        cause=_cause(session, decision),
        policies=policies,
        item=item,
        in_bulk=item is not None and row.verdict_id is not None and _in_bulk(session, item, row.verdict_id),
    )


@dataclass(frozen=True, slots=True)
class Notice:
    """What the author is told, in one language: `parts` are titles with what stands under them."""

    language: str
    headline: str
    replaced: str | None
    parts: tuple[tuple[str, tuple[str, ...]], ...]
    end: str

    def __str__(self) -> str:
        parts = ("\n".join([title, *(f"- {line}" for line in lines)]) for title, lines in self.parts)
        return "\n\n".join(part for part in (self.headline, self.replaced, *parts, self.end) if part) + "\n"


def notice(found: Case, rules: Notices, language: str | None = None) -> Notice:
    """The notice in the language that is asked for, else the post's, else the one of the rules, else English."""
    spoken = None if found.item is None else found.item.language
    tag = rules.languages.chosen(language, spoken, rules.language)
    words = rules.languages[tag]
    surface = found.item.surface if found.item is not None else ""
    why = words.why.title_with_address if rules.ground_url else words.why.title
    day = words.end.first if found.at.day == 1 else str(found.at.day)
    date = fill(words.end.date, day=day, month=words.end.months[found.at.month - 1], year=str(found.at.year))
    return Notice(
        language=tag,
        headline=fill(
            getattr(words.actions, found.decision.action),
            surface=words.surfaces.get(surface) or words.surfaces["post"],
        ),
        replaced=None if found.current else words.replaced,
        parts=(
            (
                fill(why, ground=words.why.ground, address=rules.ground_url or ""),
                tuple(reasons(found, words) or [words.why.unknown]),
            ),
            (words.how.title, tuple(how(found, words))),
            (words.next.title, (words.next.appeal, words.next.elsewhere)),
        ),
        end=fill(words.end.decided, date=date, time=f"{found.at:%H:%M}", reference=found.decision.decision_id),
    )


def reasons(found: Case, words: Wording) -> list[str]:
    """What the author is accused of: categories with their meaning, and reasons of the policy's own.

    Of these the policy's words stand where the language has none.
    """
    told = []
    for reason in found.decision.reasons:
        if reason in DEFINITIONS:
            category = words.category(Category(reason))
            told.append(fill(words.why.reason, title=category.title, meaning=category.meaning))
        else:
            own = found.policy.reasons.get(reason, reason) if found.policy else reason
            told.append(words.reasons.get(reason) or own)
    return told


def notes(found: Case, words: Wording) -> list[str]:
    """What the policy says of the rules behind it, in its words where the language has none."""
    if found.policy is None:
        return []
    own = {rule.id: rule.note for rule in found.policy.rules}
    return [words.notes.get(rule.rule) or note for rule in found.behind if (note := own.get(rule.rule))]


def how(found: Case, words: Wording) -> list[str]:
    """Who decided, what had led to it, and what the policy notes on that."""
    if found.in_bulk:
        told = [words.how.copied]
    elif found.by_person:
        told = [words.how.person]
    else:
        told = [words.how.machine]
    if found.by_person and found.cause is not None and found.cause.rules:
        told.append(words.how.found if found.in_bulk else words.how.brought)
    if by_report(found):
        told.append(words.how.reported)
    return told + notes(found, words)


def by_report(found: Case) -> bool:
    """Whether reports had a part in it: a rule behind it saw some."""
    return any(rule.values.get("facts.reports") for rule in found.behind)


def _in_bulk(session: Session, item: Item, verdict_id: str) -> bool:
    """Whether a verdict on an item took over the answer to another; the item may have been answered again since."""
    answer = None if item.answer_id is None else session.get(Answer, item.answer_id)
    return answer is not None and item.verdict_id == verdict_id and answer.review_id != item.review_id


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

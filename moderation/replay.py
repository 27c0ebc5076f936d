"""Proves decisions: the stored record and the policy of the named hash must give the stored bytes again.

Feed it policies and decisions first, then records and verdicts in any order; `results` says what came of each
decision. It keeps a digest per decision, not the decisions: about 500 bytes for each, and what was remembered or open
where the decision rests on it.
"""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

from pydantic import ValidationError

from moderation.events import Decision, Event, Scored, Verdict
from moderation.policy import Circumstances, Policy, evaluate, human_decision
from moderation.policy.circumstances import NONE

_Record = TypeVar("_Record", bound=Event)

State = Literal["proven", "differs", "no record", "unknown policy"]


@dataclass(slots=True)
class Result:
    """What replaying one decision gave. `recomputed` is the decision as it came out now, where it differs."""

    decision_id: str
    post_id: str
    policy_hash: str | None
    state: State
    recomputed: Decision | None = None


class Replay:
    """Matches decisions with the records they were made from. A decision is proven if any record gives its bytes:
    after a redelivery there may be several of one id, made by different models."""

    def __init__(self) -> None:
        self._policies: dict[str, Policy] = {}
        self._results: dict[tuple[str, str | None, bytes], Result] = {}
        self._digests: dict[tuple[str, str | None], set[bytes]] = {}
        self._under: dict[tuple[str, str | None], list[Circumstances]] = {}

    def add_policy(self, policy: Policy) -> None:
        """A policy that decisions may name."""
        self._policies[policy.hash] = policy

    def add_decision(self, value: bytes, only: Collection[str] = ()) -> None:
        """A decision as it stands on the topic; with `only`, if its id or its post's id is among them.

        Raises `pydantic.ValidationError` for anything else.
        """
        decision = Decision.model_validate_json(value)
        if only and decision.decision_id not in only and decision.post_id not in only:
            return
        known = decision.stage == "human" or decision.policy_hash in self._policies
        digest = _digest(value)
        name = (decision.decision_id, decision.policy_hash)
        self._digests.setdefault(name, set()).add(digest)
        under = Circumstances.of(decision)
        if under != NONE:
            self._under.setdefault((decision.post_id, decision.policy_hash), []).append(under)
        self._results[(*name, digest)] = Result(
            decision.decision_id,
            decision.post_id,
            decision.policy_hash,
            "no record" if known else "unknown policy",
        )

    def add_record(self, value: bytes) -> None:
        """A record of the scored topic; what cannot be read was a dead letter and is passed over."""
        record = _read(Scored, value)
        if record is not None:
            for policy in self._policies.values():
                for under in (NONE, *self._under.get((record.post.post_id, policy.hash), ())):
                    self._compare(evaluate(record, policy, under).decision)

    def add_verdict(self, value: bytes) -> None:
        """A reviewer's verdict; likewise."""
        verdict = _read(Verdict, value)
        if verdict is not None:
            self._compare(human_decision(verdict))

    def results(self) -> Iterator[Result]:
        """One per distinct decision, in the order they were added."""
        yield from self._results.values()

    def _compare(self, recomputed: Decision) -> None:
        name = (recomputed.decision_id, recomputed.policy_hash)
        digest = _digest(recomputed.to_json())
        for stored in self._digests.get(name, ()):
            result = self._results[(*name, stored)]
            if stored == digest:
                result.state, result.recomputed = "proven", None
            elif result.state != "proven":
                result.state, result.recomputed = "differs", recomputed


def _read(model: type[_Record], value: bytes) -> _Record | None:
    try:
        return model.model_validate_json(value)
    except ValidationError:
        return None


def _digest(value: bytes) -> bytes:
    return hashlib.blake2b(value, digest_size=16).digest()

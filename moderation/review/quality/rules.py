"""The sections `quality` and `exposure` of the desk's rules."""

from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import Field

from moderation.review.section import NONE, Section

_Limit = Annotated[Annotated[float, Field(gt=0.0)] | None, NONE]


class SecondLook(Section):
    """A second reviewer answers without knowing of the first."""

    share: float = Field(0.05, ge=0.0, le=1.0, description="of the answered tasks")
    first_counts: bool = Field(
        True,
        description="the first answer counts at once and may be revised; false: nothing is sent until two agree, or "
        "a third has decided",
    )
    reasons_matter: bool = Field(False, description="the same action for other reasons is a disagreement, too")


class KnownAnswers(Section):
    """Items whose answer is known, mixed in as if they were like the others."""

    share: float = Field(0.02, ge=0.0, le=0.5, description="of what a reviewer gets")


class QueueQuality(Section):
    """What one queue has of its own; what is absent is as for all."""

    second: SecondLook | None = None
    gold: KnownAnswers | None = None


class Quality(Section):
    """How answers are checked."""

    second: SecondLook = SecondLook()
    gold: KnownAnswers = KnownAnswers()
    queues: dict[str, QueueQuality] = Field(default_factory=dict, description="queue -> what differs there")
    adjudicators: Literal["leads", "anyone"] = Field(
        "leads", description="who decides between two that disagree; anyone: any third reviewer"
    )

    def may_adjudicate(self, roles: Collection[str]) -> bool:
        """Whether somebody with these roles may decide between two that disagree."""
        return self.adjudicators == "anyone" or "lead" in roles

    @property
    def most_gold(self) -> float:
        """The greatest share of known answers in any queue."""
        return max((self.gold_in(queue).share for queue in ("", *self.queues)), default=0.0)

    def second_in(self, queue: str) -> SecondLook:
        """How a queue is looked at twice."""
        own = self.queues.get(queue)
        return self.second if own is None or own.second is None else own.second

    def gold_in(self, queue: str) -> KnownAnswers:
        """How known answers are mixed into a queue."""
        own = self.queues.get(queue)
        return self.gold if own is None or own.gold is None else own.gold


class Modalities(Section):
    """What seeing it weighs, by the heaviest part of the post."""

    text: float = Field(1.0, ge=0.0)
    image: float = Field(3.0, ge=0.0)
    video: float = Field(5.0, ge=0.0)


class Exposure(Section):
    """How much harm one person meets at most. A task weighs its severity times the weight of its modality."""

    modalities: Modalities = Modalities()
    per_hour: _Limit = Field(120.0, description="weight within an hour; none: no limit")
    per_day: _Limit = Field(600.0, description="weight within 24 hours; none: no limit")
    benign: float = Field(0.2, ge=0.0, le=1.0, description="share of harmless items that are mixed in, if any wait")
    benign_below: float = Field(0.25, ge=0.0, description="a task with less severity is harmless")

    def weight(self, severity: float, modality: str) -> float:
        """What answering a task costs."""
        weights: dict[str, float] = self.modalities.model_dump()
        return severity * weights.get(modality, max(weights.values()))

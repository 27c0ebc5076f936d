"""Which queue an item goes to, and who may work there."""

from collections.abc import Collection
from datetime import timedelta
from typing import Literal

from pydantic import Field

from moderation.events import ReviewItem
from moderation.review.section import Duration, Section
from moderation.review.tables import Account

Modality = Literal["text", "image", "video"]


class Queue(Section):
    """A line of work. A queue that a policy names and the rules do not is like this."""

    description: str | None = Field(None, description="what the queue is for")
    skill: str | None = Field(None, description="only who has this skill, or this role, works here")
    languages: tuple[str, ...] = Field((), description="only who reads one of these works here; empty: everybody")
    due: Duration | None = Field(
        None, description="when an item must be answered, counted from its opening, where the policy says nothing"
    )
    half_life: Duration = Field(timedelta(hours=6), description="after this time an item is twice as urgent")


class Route(Section):
    """Items that fit go to another queue than the policy named. An empty list fits everything."""

    to: str = Field(description="the queue they go to")
    reasons: tuple[str, ...] = Field((), description="one of these is among the item's reasons")
    languages: tuple[str, ...] = Field((), description="the post's language is one of these")
    surfaces: tuple[str, ...] = Field((), description="the post's surface is one of these")
    modalities: tuple[Modality, ...] = Field((), description="the heaviest part of the post is one of these")
    queues: tuple[str, ...] = Field((), description="the policy named one of these")
    backfills: bool | None = Field(None, description="true: only posts of backfills; false: only live ones")

    def fits(self, item: ReviewItem) -> bool:
        """Whether the item goes this way."""
        return (
            _one(self.reasons, item.reasons)
            and _one([primary(language) for language in self.languages], [language_of(item) or ""])
            and _one(self.surfaces, [item.post.surface])
            and _one(self.modalities, [modality_of(item)])
            and _one(self.queues, [item.queue])
            and self.backfills in (None, item.post.occasion != "live")
        )


def queue_of(item: ReviewItem, routes: Collection[Route]) -> str:
    """Where the item goes: the first route that fits, or where the policy said."""
    return next((route.to for route in routes if route.fits(item)), item.queue)


def modality_of(item: ReviewItem) -> Modality:
    """The heaviest part of the post."""
    kinds = {media.kind for media in item.post.media}
    return "video" if "video" in kinds else "image" if "image" in kinds else "text"


def language_of(item: ReviewItem) -> str | None:
    """The language to read: as it was found in the text, or else as the platform knows it; None where nobody does."""
    found = item.attributes.get("text.language")
    known = found if isinstance(found, str) and found not in ("", "und", "unknown") else item.post.language
    return primary(known) if known else None


def primary(language: str) -> str:
    """`de` of `de-AT`: who reads one reads the other."""
    return language.replace("_", "-").partition("-")[0].lower()


def reads(account: Account) -> list[str] | None:
    """The languages that a person reads; None: all."""
    return [primary(language) for language in account.languages] or None


def may_work(account: Account, queue: Queue) -> bool:
    """Whether a person's skills and languages are what the queue asks for."""
    spoken = reads(account)
    skilled = queue.skill is None or queue.skill in account.skills or queue.skill in account.roles
    return skilled and (
        not queue.languages or spoken is None or not {primary(each) for each in queue.languages}.isdisjoint(spoken)
    )


def _one(wanted: Collection[str], given: Collection[str]) -> bool:
    return not wanted or not set(wanted).isdisjoint(given)

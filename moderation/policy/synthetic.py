"""Records made of the values of names: to try a policy without posts and models."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from moderation.events import LANES, LaneName, LaneResult, LaneState, Media, Post, Scalar, Scored, Source
from moderation.policy.circumstances import NONE, Circumstances
from moderation.policy.remembered import asked
from moderation.signals import SIGNALS

_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_MEDIA: dict[str, Literal["image", "video"]] = {"post.images": "image", "post.videos": "video"}
_FIELDS = ("surface", "change", "language", "revision", "text")


@dataclass(frozen=True, slots=True)
class Given:
    """A record, and what is remembered when it comes."""

    record: Scored
    under: Circumstances = NONE


def given_of(
    values: Mapping[str, Scalar],
    states: Mapping[LaneName, LaneState] | None = None,
    post: Mapping[str, Any] | None = None,
) -> Given:
    """As `record_of`, of values among which may be what is remembered."""
    past = {name: value for name, value in values.items() if asked(name) is not None}
    record = record_of({name: value for name, value in values.items() if name not in past}, states, post)
    return Given(record, Circumstances(past) if past else NONE)


def record_of(
    values: Mapping[str, Scalar],
    states: Mapping[LaneName, LaneState] | None = None,
    post: Mapping[str, Any] | None = None,
) -> Scored:
    """A record in which names have these values; a name that is left out is unknown, or has its default.

    Lanes stand in `states`; those not mentioned have scored, if a value is theirs, and so has the text lane. `post`
    has other fields of the post. Raises `pydantic.ValidationError` for a value that no post can have.
    """
    fields: dict[str, Any] = {"post_id": "synthetic", **(post or {})}
    fields["facts"] = dict(fields.get("facts") or {})
    fields["media"] = list(fields.get("media") or ())
    signals: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    for name, value in values.items():
        prefix, _, own = name.partition(".")
        if prefix == "facts":
            fields["facts"][own] = value
        elif name in _MEDIA:
            fields["media"] += [
                Media(media_id=f"{_MEDIA[name]}-{place}", kind=_MEDIA[name], url="https://example.org/media")
                for place in range(int(value))
            ]
        elif prefix == "post" and own in _FIELDS:
            fields[own] = value
        elif SIGNALS[name].type == "score":
            signals[name] = value
        else:
            attributes[name] = value
    lanes: dict[LaneName, LaneState] = {"text": "scored", **_lanes_of(values), **(states or {})}
    return Scored(
        post=Post(**fields),
        source=Source(topic="synthetic", partition=0, offset=0, time=_TIME),
        lanes={lane: _result(lanes[lane], lane, signals) for lane in LANES if lane in lanes},
        signals=signals,
        attributes=attributes,
    )


def _lanes_of(values: Mapping[str, Scalar]) -> dict[LaneName, LaneState]:
    return {lane: "scored" for name in values if name in SIGNALS and (lane := SIGNALS[name].lane) is not None}


def _result(state: LaneState, lane: LaneName, signals: Mapping[str, Any]) -> LaneResult:
    models = {name: "synthetic@1" for name in signals if SIGNALS[name].lane == lane} if state == "scored" else {}
    return LaneResult(state=state, reason="deadline" if state == "failed" else None, models=models)

"""The contract: every record that travels between stages, one pydantic model each.

Values are JSON in UTF-8. Each names its `schema` (`post/1`); unknown fields are kept and passed on, so that a
producer may be newer than a worker. JSON Schemas generated from here are in `docs/schemas/`.
"""

import hashlib
from typing import Annotated, Literal

from pydantic import (
    AwareDatetime,
    Base64Bytes,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    StringConstraints,
    model_validator,
)

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Scalar = bool | int | FiniteFloat | str
"""What a fact or an attribute may be."""

LaneName = Literal["text", "image", "video"]
LANES: tuple[LaneName, ...] = ("text", "image", "video")
"""Every lane, in the order a post visits them."""

Action = Literal["remove", "restrict", "hold", "review", "label", "allow"]
SEVERITY: tuple[Action, ...] = ("allow", "label", "review", "hold", "restrict", "remove")
"""Actions from mildest to most severe; the most severe of the rules that fire wins."""


class Event(BaseModel):
    """Base of all records: immutable, unknown fields kept, written compactly and without absent fields."""

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )

    def to_json(self) -> bytes:
        """The record as it stands in Kafka: compact JSON, fields in declared order, nulls left out."""
        return self.__pydantic_serializer__.to_json(self, by_alias=True, exclude_none=True)


class Media(Event):
    """One picture or clip of a post: a reference, or small inline bytes (base64 in JSON)."""

    media_id: Identifier
    kind: Literal["image", "video"]
    url: str | None = Field(None, description="https://, s3:// or file:// reference")
    content: Base64Bytes | None = Field(None, description="inline bytes, base64; small files only")
    content_type: str | None = None

    @model_validator(mode="after")
    def _has_one_source(self) -> "Media":
        if self.url is not None and self.content is not None:
            raise ValueError("a media item has both 'url' and 'content'; leave one of them out")
        if self.url is None and self.content is None:
            raise ValueError("a media item needs a 'url', or its bytes as 'content'")
        return self

    def without_content(self) -> "Media":
        """The item with its inline bytes, if it has any, named by their digest: `inline:sha256:...`."""
        if self.content is None:
            return self
        digest = hashlib.sha256(self.content).hexdigest()
        return self.model_copy(update={"content": None, "url": f"inline:sha256:{digest}"})


class Context(Event):
    """What the post answers or stands under."""

    parent_id: str | None = None
    thread_id: str | None = None
    title: str | None = None
    text: str | None = None


class Post(Event):
    """Any user content. Only `post_id` is needed; `author_id` is the recommended Kafka key."""

    schema_: Literal["post/1"] = Field("post/1", alias="schema")
    post_id: Identifier
    author_id: Identifier | None = None
    text: str = ""
    media: tuple[Media, ...] = Field((), max_length=64)
    surface: Annotated[str, StringConstraints(min_length=1, max_length=64)] = "post"
    language: str | None = Field(None, description="as the platform knows it, BCP 47")
    created_at: AwareDatetime | None = None
    context: Context | None = None
    facts: dict[str, Scalar | None] = Field(
        default_factory=dict, description="what the platform knows, e.g. account_age_days, reports"
    )
    change: Literal["created", "edited", "deleted"] = "created"
    revision: int = Field(0, ge=0, description="counts edits; a higher one replaces a lower one")
    occasion: Identifier = Field("live", description="'live', or the id of the backfill that asks")

    def lanes_needed(self) -> tuple[LaneName, ...]:
        """The lanes this post must visit. Text always: it is where every post enters."""
        if self.change == "deleted" or not self.media:
            return ("text",)
        kinds = {item.kind for item in self.media}
        return tuple(lane for lane in LANES if lane == "text" or lane in kinds)

    def without_inline_media(self) -> "Post":
        """The post without the bytes of its media, which travel no further than the lanes that need them."""
        if all(item.content is None for item in self.media):
            return self
        return self.model_copy(update={"media": tuple(item.without_content() for item in self.media)})


class Source(Event):
    """Where the post came from: its place in the posts topic (or file) and the time it was posted."""

    topic: str
    partition: int
    offset: int
    time: AwareDatetime


class Evidence(Event):
    """Why a signal has its value: a span of the text, a box in a picture, a moment of a clip.

    `start` and `end` are character offsets into `post.text`; `box` is x, y, width, height as fractions of the
    picture; `at_ms` is the time in the clip.
    """

    signal: str
    value: FiniteFloat
    label: str | None = Field(None, description="what was found there, such as a term of the lexicon: `no:drittsekk`")
    start: int | None = None
    end: int | None = None
    media_id: str | None = None
    box: tuple[float, float, float, float] | None = None
    at_ms: int | None = None


class Timeline(Event):
    """How the scores of a clip run: per signal, moments in the order of the clip, each at_ms and value.

    `thumbnails` are the times of the frames to show to a reviewer, in ms.
    """

    scores: dict[str, tuple[tuple[int, FiniteFloat], ...]]
    thumbnails: tuple[int, ...] = ()


LaneState = Literal["scored", "nothing_to_score", "failed", "pending"]


class LaneResult(Event):
    """What one lane has made of the post so far."""

    state: LaneState
    reason: str | None = Field(None, description="why it failed: 'deadline', 'model: ...', ...")
    failures: dict[str, str] | None = Field(None, description="media_id -> reason, of the items that failed")
    models: dict[str, str] = Field(default_factory=dict, description="signal -> model@version")
    evidence: tuple[Evidence, ...] = ()
    timelines: dict[str, Timeline] | None = Field(None, description="media_id -> how the scores of a clip run")
    took_ms: FiniteFloat | None = None


class Scored(Event):
    """A post and the result of every lane so far. It carries its state, so no stage has to join or wait."""

    schema_: Literal["scored/1"] = Field("scored/1", alias="schema")
    post: Post
    source: Source
    lanes: dict[LaneName, LaneResult]
    signals: dict[str, FiniteFloat] = Field(
        default_factory=dict, description='flat scores in [0, 1], e.g. "text.hate": 0.93'
    )
    attributes: dict[str, Scalar] = Field(
        default_factory=dict, description='what lanes found besides scores, e.g. "text.language": "de"'
    )

    def lanes_in(self, *states: LaneState) -> tuple[LaneName, ...]:
        """The lanes that stand in one of these states, in the order a post visits them."""
        return tuple(lane for lane in LANES if lane in self.lanes and self.lanes[lane].state in states)


class FiredRule(Event):
    """A rule whose condition held, with the value of every name it looked at (absent: unknown)."""

    rule: str
    action: Action
    because: str | None = None
    values: dict[str, Scalar | None] = Field(default_factory=dict)
    silenced_by: str | None = Field(None, description="the exempt rule that took it out")
    contested_by: tuple[str, ...] | None = Field(
        None,
        description="because of which a human decides instead: undecided exemptions, opposed allow rules, "
        "`breaker:ID` of open breakers",
    )


class UndeterminedRule(Event):
    """A rule that could not be decided because what it needs is pending, failed or not known."""

    rule: str
    action: Action
    missing: tuple[str, ...]
    values: dict[str, Scalar | None] = Field(default_factory=dict)


Stage = Literal["provisional", "final", "revised", "human"]


class Decision(Event):
    """What the policy makes of a post. Act once per `decision_id`; ignore one that is older than yours.

    It holds no time and no offset: the same record and policy give the same bytes (`moderation replay`).
    """

    schema_: Literal["decision/1"] = Field("decision/1", alias="schema")
    decision_id: str
    post_id: str
    author_id: str | None = None
    revision: int = 0
    occasion: str = "live"
    stage: Stage
    action: Action | Literal["withdrawn"]
    reasons: tuple[str, ...] = Field((), description="the 'because' of every rule behind the action")
    rules: tuple[FiredRule, ...] = ()
    undetermined: tuple[UndeterminedRule, ...] = ()
    lanes: dict[LaneName, str] = Field(default_factory=dict, description="lane -> state, with the reason of a failure")
    policy: str | None = None
    policy_hash: str | None = None
    models: dict[str, str] = Field(default_factory=dict)
    supersedes: str | None = Field(None, description="decision_id of the decision this one replaces")
    verdict_id: str | None = None
    state: dict[str, Scalar] | None = Field(
        None, description='what was remembered of the author and others, e.g. "author.posts(10m)": 12'
    )
    breakers: tuple[str, ...] | None = Field(
        None, description="breakers that were open and sent rules to a human instead"
    )

    def order(self) -> tuple[int, int, int]:
        """Sort key among the decisions of one post: the greater replaces the lesser, a withdrawal all before it."""
        settled = sum(1 for state in self.lanes.values() if state != "pending")
        stages = ("provisional", "final", "revised", "human")
        rank = len(stages) if self.action == "withdrawn" else stages.index(self.stage)
        return (self.revision, rank, settled)


class ReviewItem(Event):
    """What a human must look at, and why. One with `status: closed` takes back an open one of the same id."""

    schema_: Literal["review/1"] = Field("review/1", alias="schema")
    review_id: str
    status: Literal["open", "closed"] = "open"
    decision_id: str
    post_id: str
    author_id: str | None = None
    revision: int = 0
    queue: str = "default"
    reasons: tuple[str, ...] = ()
    priority: dict[str, FiniteFloat] = Field(
        default_factory=dict, description="the terms of the priority by name; their product ranks"
    )
    due_at: AwareDatetime | None = None
    visible_from: AwareDatetime | None = Field(
        None, description="show only from then, and only if no later decision has come"
    )
    post: Post
    source: Source
    signals: dict[str, FiniteFloat] = Field(default_factory=dict)
    attributes: dict[str, Scalar] = Field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    rules: tuple[FiredRule, ...] = ()
    undetermined: tuple[UndeterminedRule, ...] = ()
    policy_hash: str | None = None
    models: dict[str, str] = Field(default_factory=dict)
    timelines: dict[str, Timeline] | None = Field(None, description="media_id -> how the scores of a clip run")
    failures: dict[str, str] | None = Field(
        None, description="media_id -> reason, of the media that no lane has looked at, or not wholly"
    )
    sampled: FiniteFloat | None = Field(
        None, description="picked by a random audit: how likely that was; absent for what a rule or a lane sent"
    )


class Verdict(Event):
    """A reviewer's answer to a review item. It becomes a decision of stage `human`."""

    schema_: Literal["verdict/1"] = Field("verdict/1", alias="schema")
    verdict_id: Identifier
    review_id: str | None = None
    decision_id: str | None = Field(None, description="the decision the reviewer saw, from the review item")
    post_id: Identifier
    author_id: Identifier | None = None
    revision: int = Field(0, ge=0)
    action: Action
    reasons: tuple[str, ...] = ()
    reviewer: Identifier
    note: str | None = None
    decided_at: AwareDatetime
    source: Source | None = Field(None, description="the item's source: keeps a post's records in order")


class PublishedPolicy(Event):
    """A policy as it was in force, keyed by its hash: what a decision's `policy_hash` is looked up by."""

    schema_: Literal["policy/1"] = Field("policy/1", alias="schema")
    name: str
    hash: str
    source: str = Field(description="the YAML text")
    author: str | None = Field(None, description="who wrote or proposed it")


class Canary(Event):
    """A policy that decides for some authors. Which ones is a stable hash of the author's id."""

    hash: str
    share: float = Field(gt=0, lt=1, description="of the authors")


class Release(Event):
    """Which published policies are in force from now on: the whole state, so that one record switches everything."""

    schema_: Literal["release/1"] = Field("release/1", alias="schema")
    number: int = Field(ge=1, description="counts releases; of two with one number the earlier on the topic counts")
    live: str = Field(description="hash of the policy that decides")
    canary: Canary | None = None
    shadows: tuple[str, ...] = Field((), description="hashes of policies that decide without effect")
    by: str = Field(description="who released it; 'moderation' for a roll-back of the pipeline's own")
    at: AwareDatetime
    note: str | None = None


class ShadowDecision(Event):
    """What a policy in shadow would have decided, beside what was decided. Never acted on."""

    schema_: Literal["shadow/1"] = Field("shadow/1", alias="schema")
    decision: Decision
    live_hash: str
    live_action: Action | Literal["withdrawn"]


class Alarm(Event):
    """Something that people should know of: a breaker that tripped, a canary rolled back, a review past due."""

    schema_: Literal["alarm/1"] = Field("alarm/1", alias="schema")
    alarm_id: Identifier = Field(description="the same for the same occasion, also when it is told twice")
    kind: Literal["breaker_open", "breaker_half_open", "breaker_closed", "canary_rolled_back", "review_overdue"]
    subject: str = Field(description="the id of the breaker, the hash of the policy, the queue")
    message: str
    at: AwareDatetime
    policy_hash: str | None = None
    values: dict[str, Scalar] = Field(default_factory=dict, description="the numbers behind it")


SCHEMAS: dict[str, type[Event]] = {
    "post": Post,
    "scored": Scored,
    "decision": Decision,
    "review": ReviewItem,
    "verdict": Verdict,
    "policy": PublishedPolicy,
    "release": Release,
    "shadow": ShadowDecision,
    "alarm": Alarm,
}
"""The records that stand on topics, by the name of their published schema."""

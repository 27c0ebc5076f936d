"""The columns of a history. Declared once: the export writes them, the backtest checks them, the docs list them."""

from dataclasses import dataclass
from typing import Literal, get_args

from moderation.events import SEVERITY, Stage

SCHEMA = "history/1"

Kind = Literal["string", "number", "integer", "boolean", "strings", "time"]
"""What a column holds; `strings` is a list of strings, `time` a moment with a zone (ISO 8601 in JSONL)."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `among` are the only values it may have."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    among: tuple[str, ...] = ()


COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column("schema", "string", f"`{SCHEMA}`", required=True, among=(SCHEMA,)),
        Column("post_id", "string", "the post", required=True),
        Column("time", "time", "when it was posted", required=True),
        Column("author_id", "string", "who wrote it"),
        Column("occasion", "string", "`live`, or the backfill that asked"),
        Column("partition", "integer", "where it stands on the topic of posts: partition"),
        Column("offset", "integer", "... and offset"),
        Column("text", "string", "what was written; only with `--with-text`, and never of a deleted post"),
        Column("post.surface", "string", "where it stands: comment, message, profile ..."),
        Column("post.change", "string", "`created` or `edited`", among=("created", "edited")),
        Column("post.language", "string", "the language as the platform declared it"),
        Column("post.revision", "integer", "how often it was edited"),
        Column("post.images", "integer", "how many pictures it has"),
        Column("post.videos", "integer", "how many clips it has"),
        Column("lanes.text", "string", "state of the lane: `scored`, `nothing_to_score`, `pending`, `failed: ...`"),
        Column("lanes.image", "string", "likewise; empty where the post does not visit the lane"),
        Column("lanes.video", "string", "likewise"),
        Column("other_facts", "string", "JSON object of facts that do not fit the type of their column"),
        Column("decision.action", "string", "what the policy decided then", among=SEVERITY),
        Column("decision.stage", "string", "how final it was", among=tuple(get_args(Stage))),
        Column("decision.reasons", "strings", "its reasons"),
        Column("decision.rules", "strings", "the rules that fired and were not silenced"),
        Column("decision.deciding", "strings", "those of them that led to the action"),
        Column("decision.policy_hash", "string", "the policy"),
        Column("decision.breakers", "strings", "the breakers that were open"),
        Column("label.action", "string", "what a reviewer decided", among=SEVERITY),
        Column("label.reasons", "strings", "the reviewer's reasons"),
        Column("label.time", "time", "when"),
        Column(
            "sampling_probability",
            "number",
            "with which probability, over 0 and up to 1, the post was drawn for a reviewer; when given, rates are "
            "weighted by it",
        ),
    )
}
"""Name -> column, in order. Besides these: a column per score and attribute (`text.hate`), per fact (`facts.reports`),
and per remembered value (`author.posts(10m)`), named as in policies."""

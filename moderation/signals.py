"""Every signal and attribute a policy may name, and the lane that provides it. Declared once, checked everywhere."""

from dataclasses import dataclass
from typing import Literal

from moderation.events import LaneName
from moderation.taxonomy import DEFINITIONS, LEXICON_CATEGORIES, PICTURE_CATEGORIES, TEXT_CATEGORIES, Category


@dataclass(frozen=True, slots=True)
class Signal:
    """A name that conditions may use. `type` is what it holds; a `number` without range is a count."""

    name: str
    lane: LaneName | None
    type: Literal["score", "number", "string", "boolean"]
    meaning: str


_TEXT_SCORES = [
    Signal(f"text.{category}", "text", "score", DEFINITIONS[category].meaning)
    for category in (*TEXT_CATEGORIES, Category.SEXUAL, Category.SELF_HARM)  # the last two: with a model from a hub
]

_TERM_SEVERITIES = [
    Signal(
        f"text.lexicon.{category}",
        "text",
        "score",
        f"Severity of the worst term in the list of {DEFINITIONS[category].title.lower()}; 0 when it has none of them.",
    )
    for category in LEXICON_CATEGORIES
]

_ATTRIBUTES = [
    Signal(
        "text.language",
        "text",
        "string",
        "Language of the text as identified, ISO 639-1; 'ur-Latn' for Urdu in Latin letters, 'und' when unsure.",
    ),
    Signal("text.length", "text", "number", "Characters of the text."),
    Signal("text.truncated", "text", "boolean", "True when the text was too long to be read whole."),
    Signal("text.understood", "text", "boolean", "True when a model that was taught in its language has read it."),
]


def _seen(lane: Literal["image", "video"], where: str) -> list[Signal]:
    """What the lane of pictures or of clips provides; `where` says where it is seen."""
    return [
        *(
            Signal(f"{lane}.{category}", lane, "score", f"{DEFINITIONS[category].meaning} Seen {where}.")
            for category in PICTURE_CATEGORIES
        ),
        *(
            Signal(f"{lane}.text.{category}", lane, "score", f"{DEFINITIONS[category].meaning} Written {where}.")
            for category in TEXT_CATEGORIES
        ),
        *(
            Signal(
                f"{lane}.text.lexicon.{category}",
                lane,
                "score",
                f"Severity of the worst term in the list of {DEFINITIONS[category].title.lower()}, written {where}.",
            )
            for category in LEXICON_CATEGORIES
        ),
        Signal(f"{lane}.text.length", lane, "number", f"Characters that could be read {where}."),
        Signal(
            f"{lane}.text.illegible", lane, "boolean", f"True when there is writing {where} that could not be read."
        ),
        Signal(f"{lane}.bank", lane, "string", f"Bank of known pictures with the nearest match {where}; '' for none."),
        Signal(f"{lane}.bank_distance", lane, "number", "Bits in which the nearest match differs; 256 for none."),
        Signal(f"{lane}.codes", lane, "number", f"QR and similar codes {where}."),
        Signal(f"{lane}.code_domain", lane, "string", f"Domain of the first link in a code {where}; '' for none."),
        Signal(f"{lane}.faces", lane, "number", f"Faces {where}, whoever they are."),
    ]


_IMAGE = _seen("image", "in a picture")

_VIDEO = [
    *_seen("video", "in a clip"),
    Signal("video.seconds", "video", "number", "Length of the longest clip."),
    Signal(
        "video.truncated",
        "video",
        "boolean",
        "True when a clip was not looked at whole: it is longer than the limits, breaks off or is damaged.",
    ),
]

_POST = [
    Signal("post.surface", None, "string", "Where it stands: comment, message, profile, listing ..."),
    Signal("post.change", None, "string", "created or edited."),
    Signal("post.language", None, "string", "Language as the platform declared it."),
    Signal("post.revision", None, "number", "How often it was edited."),
    Signal("post.images", None, "number", "How many pictures it has."),
    Signal("post.videos", None, "number", "How many clips it has."),
]

SIGNALS: dict[str, Signal] = {
    signal.name: signal for signal in (*_TEXT_SCORES, *_TERM_SEVERITIES, *_ATTRIBUTES, *_IMAGE, *_VIDEO, *_POST)
}
"""Name -> signal. A lane that is added registers its own here."""

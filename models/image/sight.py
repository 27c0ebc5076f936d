"""What is seen in a picture, in a clip's frame, or in all of a post's pictures together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from moderation.events import Evidence, LaneName, Scalar, Timeline
from moderation.prints import is_print

WORTH_SHOWING = 0.2
"""Of scores; lower ones are no evidence of anything."""

FARTHEST = 256
"""Bits of a PDQ hash: the distance that stands where nothing matched."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Names are without the lane: `weapon`, `text.hate`. `bank` is that of the nearest match, '' for none.

    `models` are those behind the signals; `domains` those of links in codes. Evidence has no media_id yet. `seconds`,
    `truncated` and `timeline` are of a clip. `incomplete` is why the rest was not looked at, where that is a failure.
    `illegible`: there is writing that could not be read, so that signals `text.*` are only the least that there is.
    """

    signals: Mapping[str, float] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    bank: str = ""
    bank_distance: int = FARTHEST
    codes: int = 0
    domains: tuple[str, ...] = ()
    faces: int = 0
    text_length: int = 0
    seconds: float = 0.0
    truncated: bool = False
    incomplete: str | None = None
    timeline: Timeline | None = None
    illegible: bool = False

    def attributes(self, lane: LaneName) -> dict[str, Scalar]:
        """As they stand in a record."""
        of_clips: dict[str, Scalar] = {"video.seconds": self.seconds, "video.truncated": self.truncated}
        return {
            f"{lane}.bank": self.bank,
            f"{lane}.bank_distance": self.bank_distance,
            f"{lane}.codes": self.codes,
            f"{lane}.code_domain": self.domains[0] if self.domains else "",
            f"{lane}.faces": self.faces,
            f"{lane}.text.length": self.text_length,
            f"{lane}.text.illegible": self.illegible,
            **(of_clips if lane == "video" else {}),
        }


NOTHING = Sight()


def together(sights: Iterable[Sight]) -> Sight:
    """Of several: the greatest of every signal and count, the nearest match, all domains and evidence."""
    signals: dict[str, float] = {}
    models: dict[str, str] = {}
    every = tuple(sights)
    for sight in every:
        models |= sight.models
        for name, value in sight.signals.items():
            signals[name] = max(value, signals.get(name, 0.0))
    if not every:
        return NOTHING
    nearest = min(every, key=lambda sight: sight.bank_distance)
    return Sight(
        signals,
        models,
        tuple(each for sight in every for each in sight.evidence),
        nearest.bank,
        nearest.bank_distance,
        max(sight.codes for sight in every),
        tuple(dict.fromkeys(domain for sight in every for domain in sight.domains)),
        max(sight.faces for sight in every),
        max(sight.text_length for sight in every),
        max(sight.seconds for sight in every),
        any(sight.truncated for sight in every),
        next((sight.incomplete for sight in every if sight.incomplete is not None), None),
        illegible=any(sight.illegible for sight in every),
    )


def explained(sight: Sight) -> Sight:
    """With evidence for every score that is worth showing: of one that has none besides, what it was seen in."""
    told = {each.signal for each in sight.evidence}
    scores = [
        Evidence(signal=name, value=value)
        for name, value in sight.signals.items()
        if value >= WORTH_SHOWING and name not in told
    ]
    return replace(sight, evidence=(*sight.evidence, *scores)) if scores else sight


def unprinted(sight: Sight) -> Sight:
    """Without what is only to compare by: prints are of pictures that stand still."""
    return replace(sight, evidence=tuple(each for each in sight.evidence if not is_print(each.signal)))


def stamped(sight: Sight, at_ms: int) -> Sight:
    """Of a frame: with evidence that says when it is shown."""
    return replace(sight, evidence=tuple(each.model_copy(update={"at_ms": at_ms}) for each in sight.evidence))

"""The pictures and clips of an item: what was found in them, what failed, and in which words that is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from moderation.desk.showing.timeline import Drawing, clock, drawing
from moderation.errors import MediaReason
from moderation.events import Evidence, Media, ReviewItem
from moderation.prints import is_print

Box = tuple[float, float, float, float]

_INLINE = "inline:"
WHY: dict[str, str] = {
    "bad reference": "Its address cannot be read.",
    "forbidden scheme": "Its address is of a kind that is not fetched here.",
    "forbidden host": "It lies on a host that is not among those allowed here.",
    "forbidden address": "Its address leads into a network that is not fetched from.",
    "forbidden port": "Its address names a port that is not fetched from.",
    "forbidden path": "It lies outside of the folder that is allowed.",
    "forbidden redirect": "Its host sent us on to a place that is not allowed.",
    "missing package": "A package to read from its store is not installed: tell whoever runs the desk.",
    "untrusted certificate": "Its host could not prove who it is.",
    "not found": "It is no longer there.",
    "not permitted": "Its host does not give it to us.",
    "server error": "Its host failed. Try again in a moment.",
    "unreachable": "Its host cannot be reached. Try again in a moment.",
    "busy": "Its host is busy. Try again in a moment.",
    "timeout": "It did not come in time. Try again in a moment.",
    "deadline": "It did not come within the time that the policy waits.",
    "incomplete": "Only a part of it came.",
    "too large": "It is larger than is allowed here.",
    "empty": "The file is empty.",
    "not media": "The file is neither a picture nor a clip.",
    "not an image": "The file is no picture.",
    "not a video": "The file is no clip.",
    "unsupported format": "The file is of a format that is not decoded here.",
    "truncated": "The file breaks off.",
    "damaged": "The file is damaged.",
    "decoder crashed": "The file brought the decoder down. It may be meant to.",
    "decoder timeout": "Decoding it took too long. It may be meant to.",
    "decoder memory": "Decoding it took too much memory. It may be meant to.",
}
"""Each way in which media fail, as a reviewer reads it."""
assert set(WHY) == set(get_args(MediaReason))


@dataclass(frozen=True, slots=True)
class Found:
    """Something found in a picture, or at a time of a clip; `number` stands beside its box.

    `whole` is the score of the post where this is more: lines that were read are scored together and by themselves.
    """

    number: int
    signal: str
    value: float
    label: str | None
    box: Box | None
    at_ms: int | None
    whole: float | None = None

    @property
    def told(self) -> str:
        """`image.text.hate 0.93 (label), at 0:12`."""
        words = f"{self.signal} {self.value:.2f}" + (f" ({self.label})" if self.label else "")
        if self.whole is not None:
            words += f" taken by itself, {self.whole:.2f} with all that is written there"
        return words if self.at_ms is None else f"{words}, at {clock(self.at_ms)}"


@dataclass(frozen=True, slots=True)
class MediaShown:
    """One item of the post, by its place among them. `failure` says why a lane did not see all of it.

    `absent` says why it can never be shown here. `times` are those of a clip's thumbnails.
    """

    place: int
    media: Media
    found: tuple[Found, ...]
    faces: tuple[tuple[int | None, Box], ...]
    failure: str | None
    absent: str | None
    times: tuple[int, ...]
    timeline: Drawing | None

    @property
    def title(self) -> str:
        """`Picture 1`, `Clip 2`."""
        return f"{'Picture' if self.media.kind == 'image' else 'Clip'} {self.place + 1}"

    def boxes_at(self, at_ms: int | None) -> list[Found]:
        """What has a box, in a picture or in the frame of this time."""
        return [each for each in self.found if each.box is not None and each.at_ms == at_ms]

    def faces_at(self, at_ms: int | None) -> list[Box]:
        """Faces that a lane found."""
        return [box for time, box in self.faces if time == at_ms]


def media_of(item: ReviewItem, limits: Mapping[str, Sequence[float]]) -> tuple[MediaShown, ...]:
    """Every picture and clip of the post, in its order."""
    return tuple(_shown(item, place, media, limits) for place, media in enumerate(item.post.media))


def why(reason: str) -> str:
    """A reason as lanes give it, in a sentence."""
    if reason.startswith("model:"):
        return f"A model failed on it ({reason.removeprefix('model:').strip()})."
    return WHY.get(reason, f"It failed: {reason}.")


def _shown(item: ReviewItem, place: int, media: Media, limits: Mapping[str, Sequence[float]]) -> MediaShown:
    own = [each for each in item.evidence if each.media_id == media.media_id and not is_print(each.signal)]
    faces = tuple((each.at_ms, each.box) for each in own if _is_face(each) and each.box is not None)
    # A score of a picture as a whole has no box; what has one comes first, in its order.
    telling = sorted((each for each in own if not _is_face(each)), key=lambda each: (each.at_ms or 0, each.box is None))
    found = tuple(
        Found(number, each.signal, each.value, each.label, each.box, each.at_ms, _whole(item, each))
        for number, each in enumerate(dict.fromkeys(telling), 1)
    )
    timeline = (item.timelines or {}).get(media.media_id)
    failure = (item.failures or {}).get(media.media_id)
    return MediaShown(
        place,
        media,
        found,
        faces,
        None if failure is None else why(failure),
        _absent(media),
        () if timeline is None else timeline.thumbnails,
        None if timeline is None else drawing(timeline, limits),
    )


def _whole(item: ReviewItem, each: Evidence) -> float | None:
    """The score of the post, where what was read is more by itself: what stands beside it makes it milder."""
    whole = item.signals.get(each.signal)
    return whole if whole is not None and ".text." in each.signal and each.value - whole >= 0.005 else None


def _is_face(each: Evidence) -> bool:
    return each.signal.endswith(".faces")


def _absent(media: Media) -> str | None:
    if media.url is not None and media.url.startswith(_INLINE):
        return (
            "It came inside the post, and its bytes go no further than the lanes that look at it. "
            f"Its fingerprint: {media.url.removeprefix(_INLINE)[:80]}."
        )
    return None

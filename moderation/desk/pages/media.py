"""Pictures and clips of an item, shown as little as their reviewer wants; whoever asks for more is noted down.

The bytes that come from here were made here, of pixels; no file of a stranger's reaches a browser.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Form
from fastapi.responses import Response
from sqlalchemy.orm import Session

from moderation.desk import opening
from moderation.desk.media.rendering import LONGEST, THUMBNAIL, Look, Numbered, rendered
from moderation.desk.media.stills import Still
from moderation.desk.pages import Pages
from moderation.desk.showing.media import MediaShown, media_of, why
from moderation.desk.visit import Visit
from moderation.errors import MediaError, NoSuchItem, NotPermitted
from moderation.review import content, viewings

router = Pages()

Part = Literal["picture", "colour", "faces"]
PARTS: dict[Part, str] = {"picture": "sharp", "colour": "in colour", "faces": "with faces"}
"""What can be asked for of a picture, and how that is told."""
_PREFERENCES: dict[Part, str] = {"picture": "blur", "colour": "grey", "faces": "faces"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One picture or clip of an item, and how much of it its visitor may see."""

    review_id: str
    media: MediaShown
    allowed: Look


@router.get("/items/{review_id}/media/{place}", permission="media.see")
def shown(visit: Visit, review_id: str, place: int, hidden: bool = False) -> Response:
    """A piece of the page: the picture or the thumbnails, or why there are none. `hidden` hides it again."""
    with visit.transaction() as session:
        asked = _asked(visit, session, review_id, place)
        for part in PARTS:
            if not visit.preferences[_PREFERENCES[part]] and not hidden:
                viewings.unblurred(session, visit.account, review_id, place, part, now=visit.now)
    return _piece(visit, asked, Look() if hidden else asked.allowed)


@router.post("/items/{review_id}/media/{place}", permission="media.see")
def show(visit: Visit, review_id: str, place: int, part: Annotated[Part, Form()]) -> Response:
    """Show more of it, from now on for as long as the item is looked at; noted down."""

    def unblurred(session: Session) -> Asked:
        _asked(visit, session, review_id, place)
        viewings.unblurred(session, visit.account, review_id, place, part, now=visit.now)
        session.flush()
        return _asked(visit, session, review_id, place)

    asked = visit.transact(unblurred)
    return _piece(visit, asked, asked.allowed)


@router.get("/items/{review_id}/media/{place}/{at_ms}.jpg", permission="media.see")
def picture(
    visit: Visit, review_id: str, place: int, at_ms: int, sharp: bool = False, colour: bool = False, faces: bool = False
) -> Response:
    """The pixels. Raises `NotPermitted` for more than was asked for by a click."""
    with visit.transaction() as session:
        asked = _asked(visit, session, review_id, place)
    look = Look(sharp, colour, faces)
    if look.exceeds(asked.allowed):
        raise NotPermitted("to see this, ask for it on the page of the item: it is noted down")
    stills = visit.desk.stills.of(asked.media.media, asked.media.times)
    if at_ms not in stills:
        raise NoSuchItem("there is no such frame")
    time = None if asked.media.media.kind == "image" else at_ms
    boxes = [Numbered(found.number, found.box) for found in asked.media.boxes_at(time) if found.box is not None]
    longest = LONGEST if time is None else THUMBNAIL
    known = asked.media.faces_at(time)
    body = rendered(stills[at_ms], look, boxes, known, longest)
    return Response(body, media_type="image/jpeg", headers={"Content-Disposition": "inline"})


def _asked(visit: Visit, session: Session, review_id: str, place: int) -> Asked:
    row = opening.row_for(visit, session, review_id)
    item = content.unseal(session, row)
    if item is None:
        raise NoSuchItem("the content has been erased")
    opening.read(visit, session, row)
    media = media_of(item, {})
    if not 0 <= place < len(media):
        raise NoSuchItem("the post has no such picture or clip")
    seen = viewings.seen(session, visit.account, review_id, now=visit.now)

    def may(part: Part) -> bool:
        return not visit.preferences[_PREFERENCES[part]] or viewings.what_of(place, part) in seen

    return Asked(review_id, media[place], Look(may("picture"), may("colour"), may("faces")))


def _piece(visit: Visit, asked: Asked, look: Look) -> Response:
    stills: Mapping[int, Still] = {}
    problem = asked.media.absent
    if problem is None:
        try:
            stills = visit.desk.stills.of(asked.media.media, asked.media.times)
        except MediaError as error:
            problem = why(error.reason)
    return visit.render("item/media.html", asked=asked, look=look, times=sorted(stills), problem=problem, parts=PARTS)

"""What a desk has in memory of an erased author's pictures is shown to nobody."""

from datetime import UTC, datetime
from pathlib import Path

from moderation.desk.app import make_app
from moderation.desk.media.keeping import KeptStills
from moderation.review import erasing
from tests.unit.desk.desks import browser, csrf_of, desk_in
from tests.unit.desk.items import Pictures, hateful, policy, taken_in


def test_a_picture_that_is_still_in_memory_is_not_shown_once_its_author_is_erased(tmp_path: Path) -> None:
    own = policy()
    stills = KeptStills(Pictures(), lambda: datetime.now(UTC))
    desk = desk_in(tmp_path, policies={own.hash: own}.get, stills=stills)
    media = [{"media_id": "m", "kind": "image", "url": "https://example.org/m.png"}]
    (review_id,) = taken_in(desk, hateful(desk, 1, lanes={"text": "scored", "image": "scored"}, media=media))
    kim = browser(make_app(desk), "reviewer")
    page = kim.post("/next", data={"csrf": csrf_of(kim)}).headers["location"]
    addresses = (f"/items/{review_id}/media/0/0.jpg", f"/items/{review_id}/media/0")
    assert kim.get(page).status_code == 200
    assert [kim.get(address).status_code for address in addresses] == [200, 200]
    with desk.database.session() as session:
        erasing.erase(session, "author-1", "shell:root", desk.rules, now=desk.now())
    for address in addresses:
        answer = kim.get(address)
        assert answer.status_code == 404
        assert "The content has been erased" in answer.text
    asked = kim.post(addresses[1], data={"csrf": csrf_of(kim), "part": "picture"})
    assert asked.status_code == 404

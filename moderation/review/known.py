"""What the desk knows of the posts that a number of events is about, asked for all of them at once."""

from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.events import ReviewItem
from moderation.review import content
from moderation.review.tables import AuthorKey, Item, LastDecision


class Known:
    """Items by their review id, and last decisions by post. What is new is put in as well.

    To be made when nobody else puts items in line (`locks.alone`): what is not in here is nowhere then. An item may be
    answered meanwhile: what is to be changed is locked and read again.
    """

    def __init__(self, session: Session, posts: Collection[str], items: Collection[ReviewItem] = ()) -> None:
        """`posts` are those of which every item is wanted; of `items` those of the same ids."""
        reviews = {item.review_id for item in items}
        every = {*posts, *(item.post_id for item in items)}
        lasts = session.scalars(select(LastDecision).where(LastDecision.post_id.in_(every)))
        self.lasts = {last.post_id: last for last in lasts}
        self.items: dict[str, Item] = {}
        self._of_post: dict[str, dict[str, Item]] = {}
        self._keys: list[AuthorKey] = []  # held for as long as this is: a session forgets what nobody holds
        if items:
            self.put(session.scalars(select(Item).where(Item.review_id.in_(reviews))))
            self._keys = content.keys(session, {content.owner_of(item.author_id, item.post_id) for item in items})
        if posts:
            # Not only the open ones: SQLite would read all that are open rather than the few of these posts.
            self.put(session.scalars(select(Item).where(Item.post_id.in_(posts))))

    def put(self, rows: Iterable[Item]) -> None:
        """Items that are there, too."""
        for row in rows:
            self.items[row.review_id] = row
            self._of_post.setdefault(row.post_id, {})[row.review_id] = row

    def open_items(self, post_id: str) -> list[Item]:
        """Those of a post that were open when they were last looked at."""
        own = self._of_post.get(post_id, {})
        return [row for _, row in sorted(own.items()) if row.status == "open"]

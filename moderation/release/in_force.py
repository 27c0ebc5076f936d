"""The policies that decide now."""

from dataclasses import dataclass

from moderation.events import Post
from moderation.policy import Policy
from moderation.shares import place_of


@dataclass(frozen=True, slots=True, eq=False)
class InForce:
    """The policies of one release. `canary` decides for `share` of the authors; `shadows` decide without effect."""

    live: Policy
    canary: Policy | None = None
    share: float = 0.0
    shadows: tuple[Policy, ...] = ()

    def of(self, post: Post) -> Policy:
        """The policy that decides on this post: one author always meets the same, as the share grows, too."""
        if self.canary is not None and place_of(post.author_id or post.post_id) < self.share:
            return self.canary
        return self.live

    @property
    def every(self) -> tuple[Policy, ...]:
        """All of them, those in shadow included."""
        return (self.live, *([self.canary] if self.canary else ()), *self.shadows)

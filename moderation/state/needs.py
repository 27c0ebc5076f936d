"""What has to be counted, so that the policies in force find what they ask for."""

from collections.abc import Iterable
from dataclasses import dataclass

from moderation.policy import Policy
from moderation.policy.remembered import Asked, Subject, every_asked
from moderation.state.traces import Kind

_SETS: dict[str, Kind] = {"author.distinct_texts": "texts", "author.distinct_domains": "domains"}


@dataclass(frozen=True, slots=True)
class Of:
    """Of one subject: the windows of its posts, and what is told apart in which window; with `first`, when it was
    first seen. `asked` are all its names."""

    asked: tuple[Asked, ...] = ()
    posts: tuple[int, ...] = ()
    sets: tuple[tuple[Kind, int], ...] = ()
    first: bool = False

    @classmethod
    def names(cls, asked: Iterable[Asked]) -> "Of":
        """Those of one subject."""
        asked = tuple(asked)
        posts = {own.window for own in asked if own.counts_posts}
        sets = {(set_of(own), own.window) for own in asked if own.window and not own.counts_posts}
        first = any(own.measure.name == "author.first_seen" for own in asked)
        return cls(asked, tuple(sorted(posts)), tuple(sorted(sets)), first)


def set_of(asked: Asked) -> Kind:
    """What a measure tells apart: of texts and domains, their authors."""
    return _SETS.get(asked.measure.name, "authors")


@dataclass(frozen=True, slots=True)
class Needs:
    """Of several policies together. With `strikes`, one of them gives some."""

    author: Of = Of()
    content: Of = Of()
    domain: Of = Of()
    strikes: bool = False

    @classmethod
    def of(cls, policies: Iterable[Policy]) -> "Needs":
        """All that one of the policies asks for."""
        policies = tuple(policies)
        asked = every_asked(sorted({name for policy in policies for name in policy.program.remembers}))

        def about(subject: Subject) -> Of:
            return Of.names(own for own in asked if own.measure.subject == subject)

        return cls(about("author"), about("content"), about("domain"), any(policy.strikes for policy in policies))

    @property
    def authors(self) -> bool:
        """Whether anything is kept of authors."""
        return bool(self.author.asked) or self.strikes

    @property
    def shared(self) -> bool:
        """Whether something is counted over all partitions."""
        return bool(self.content.asked or self.domain.asked)

"""What conditions may name: signals and attributes of lanes, the post, declared facts, derived signals, lists."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from moderation.events import LANES, LaneName, Post
from moderation.policy.functions import CALLABLE, Type
from moderation.policy.keys import LEVELS
from moderation.policy.problems import joined, nearest, shortened
from moderation.policy.remembered import PLAIN, STRIKES_FOR, SUBJECTS, WINDOWED
from moderation.policy.threevalued import ANYTHING, LARGEST, Interval
from moderation.signals import SIGNALS, Signal

if TYPE_CHECKING:
    from moderation.policy.evidence.resolved import Resolved
    from moderation.policy.evidence.section import Evidence

CONTENT = "post.text"
"""What functions may look through and nothing else may name: a decision must not hold what was written."""

RESERVED = frozenset(
    {"and", "or", "not", "in", "is", "if", "else", "true", "false", "lambda", "for", "facts", "post"}
) | frozenset(SUBJECTS)
"""Words that cannot name a list or a derived signal, besides the functions and the lanes."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name with a value. Numbers lie in `low` to `high`; `zero` is what a lane with nothing to score gives."""

    name: str
    kind: Literal["signal", "attribute", "post", "fact", "state", "derived"]
    type: Type
    low: float = ANYTHING[0]
    high: float = ANYTHING[1]
    lane: LaneName | None = None
    default: float | str | bool | None = None

    @property
    def bounds(self) -> Interval:
        """All a number of this name can be."""
        return (self.low, self.high)

    @property
    def zero(self) -> float | str | bool:
        """Its value on a post that has nothing of the kind."""
        return 0.0 if self.type == "number" else "" if self.type == "string" else False


def stands(name: Name) -> bool:
    """Whether what was found stands, whatever a lane that failed did not look at: a match in a bank, a link."""
    return name.kind == "attribute" and name.type != "number" and name.lane in _SEEN


_SEEN = ("image", "video")
"""Lanes that look at several items, of which some may fail."""

_FALLING = tuple(f"{lane}.bank_distance" for lane in _SEEN)
"""The more is seen, the lower these are; all else rises."""


def is_partial(name: Name) -> bool:
    """Whether a part of it is known when a lane has failed: scores, and what a lane counts in several items."""
    return name.type == "number" and (name.kind == "signal" or (name.kind == "attribute" and name.lane in _SEEN))


def part(name: Name, found: float) -> Interval:
    """What such a name can be, if so much of it was found."""
    return (name.low, found) if name.name in _FALLING else (found, name.high)


def hidden_by(name: Name) -> str | None:
    """Of a score of what is written, the attribute that says that there was writing which could not be read."""
    is_written = name.kind == "signal" and name.lane in _SEEN and name.name.startswith(f"{name.lane}.text.")
    return f"{name.lane}.text.illegible" if is_written else None


def _declared(signal: Signal) -> Name:
    if signal.type == "score":
        return Name(signal.name, "signal", "number", 0.0, 1.0, signal.lane)
    low = 0.0 if signal.type == "number" else ANYTHING[0]
    return Name(signal.name, "attribute" if signal.lane else "post", signal.type, low, LARGEST, signal.lane)


def remembered(name: str) -> Name:
    """A name whose value is kept from earlier posts: a count, strikes or days, never below 0."""
    return Name(name, "state", "number", 0.0, LARGEST)


def registered() -> dict[str, Name]:
    """Every name that the lanes, the post itself and the past provide; those that need a window are no names yet."""
    signals = {name: _declared(signal) for name, signal in SIGNALS.items()}
    return signals | {name: remembered(name) for name in PLAIN}


def _count(kind: str) -> Callable[[Post], float]:
    return lambda post: float(sum(item.kind == kind for item in post.media))


POST_VALUES: dict[str, Callable[[Post], float | str | None]] = {
    "post.surface": lambda post: post.surface,
    "post.change": lambda post: post.change,
    "post.language": lambda post: post.language,
    "post.revision": lambda post: float(post.revision),
    "post.images": _count("image"),
    "post.videos": _count("video"),
}
"""How each name under `post.` is read off the post."""


class Scope:
    """The names one policy may use. `broken` holds those whose own declaration is wrong, and reported there.

    `evidence` is by signal; `resolved` are the thresholds that came of it, by signal and demand.
    """

    def __init__(self) -> None:
        self.names = registered()
        self.lists: dict[str, tuple[str, ...]] = {}
        self.thresholds: dict[str, dict[str, float]] = {}
        self.reasons: dict[str, str] = {}
        self.evidence: dict[str, Evidence] = {}
        self.broken_evidence: set[str] = set()
        self.resolved: dict[tuple[str, float], Resolved] = {}
        self.broken: set[str] = set()

    def reserved(self, name: str) -> bool:
        """Whether a list or a derived signal cannot have this name."""
        return name in RESERVED or name in LEVELS.meanings or name in CALLABLE or name in LANES

    def hint_for(self, name: str) -> str | None:
        """What the author of an unknown name may have meant."""
        prefix, _, rest = name.partition(".")
        close = nearest(name, [*self.names, *WINDOWED, *self.lists, *sorted(self.broken)])
        if prefix == "facts":
            declared = _listed("declared facts", self._under("facts"))
            return joined(close, declared, f"declare it under facts:, e.g. '{shortened(rest) or 'NAME'}: number'")
        if prefix in LANES and not self._under(prefix):
            return joined(close, f"no lane provides {prefix}.* signals yet")
        if prefix in LANES:
            return joined(close, _listed(f"signals of lane {prefix}", self._under(prefix)))
        if prefix == "post":
            return joined(close, _listed("of the post", self._under("post")))
        if prefix in SUBJECTS:
            examples = [own.example for own in (*WINDOWED.values(), *PLAIN.values(), STRIKES_FOR)]
            return joined(close, f"what is remembered: {', '.join(own for own in examples if own.startswith(prefix))}")
        if "." in name:
            return joined(close, "names start with text., post., facts., author., content. or domain.")
        own = [declared.name for declared in self.names.values() if declared.kind == "derived"]
        return joined(close, _listed("derived signals", own), _listed("lists", self.lists)) or (
            "names look like text.hate, post.surface or facts.NAME"
        )

    def _under(self, prefix: str) -> list[str]:
        return [name.partition(".")[2] for name in self.names if name.startswith(f"{prefix}.")]


def _listed(what: str, names: Iterable[str]) -> str | None:
    ordered = sorted(names)
    shown = ", ".join(ordered[:20]) + (", ..." if len(ordered) > 20 else "")
    return f"{what}: {shown}" if ordered else None

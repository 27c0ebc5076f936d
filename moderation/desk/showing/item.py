"""A review item as a reviewer sees it, put together."""

from dataclasses import dataclass

from moderation.desk.showing.counterfactual import Change, Counterfactual, counterfactual
from moderation.desk.showing.media import MediaShown, media_of
from moderation.desk.showing.remade import Remade, remade
from moderation.desk.showing.rules import RuleShown, UndecidedShown, fired, meaning, undecided
from moderation.desk.showing.scores import Scores, scores
from moderation.desk.showing.words import Mark, Stretch, marks_of, stretches
from moderation.events import Action, Decision, ReviewItem
from moderation.policy.model import Policy


@dataclass(frozen=True, slots=True)
class ItemShown:
    """Everything that is shown of the item itself. `unexplained` says why the rules stand without their trees."""

    item: ReviewItem
    text: tuple[Stretch, ...]
    context: tuple[Stretch, ...]
    marks: tuple[Mark, ...]
    media: tuple[MediaShown, ...]
    scores: Scores
    fired: tuple[RuleShown, ...]
    undecided: tuple[UndecidedShown, ...]
    action: Action | None
    counterfactual: Counterfactual | None
    unexplained: str | None
    reasons: tuple[str, ...]

    @property
    def meanings(self) -> list[tuple[str, str]]:
        """The item's reasons with their meanings."""
        return list(zip(self.item.reasons, self.reasons, strict=True))

    @property
    def deciding(self) -> str | None:
        """What is said where no change of scores would do."""
        if self.unexplained is not None or self.counterfactual is not None or self.action in (None, "allow"):
            return None
        lanes = [name.removesuffix("_missing") for name in self.item.reasons if name.endswith("_missing")]
        if lanes:
            return f"No other scores would make it milder: the {' and '.join(lanes)} lane did not see everything."
        return "No other scores would make it milder: what decides is not a score."

    def tells(self, changes: tuple[Change, ...]) -> bool:
        """Whether the counterfactual is these very changes."""
        return self.counterfactual is not None and self.counterfactual.changes == changes


def shown(item: ReviewItem, policy: Policy | None, decision: Decision | None = None) -> ItemShown:
    """`policy` is the one that decided, `decision` what it decided; either may be unknown here."""
    again = None if policy is None else remade(item, policy, decision)
    found = scores(item, again)
    limits = {
        score.name: tuple(dict.fromkeys(limit.at for limit in score.limits))
        for score in (*found.telling, *found.others)
    }
    text = item.post.text
    context = item.post.context
    marks = marks_of(text, item.evidence)
    action = again.decision.action if again is not None else None if decision is None else decision.action
    return ItemShown(
        item,
        stretches(text, marks),
        stretches(context.text, ()) if context is not None and context.text else (),
        marks,
        media_of(item, limits),
        found,
        fired(item, policy, again),
        undecided(item, policy, again, decision),
        None if action == "withdrawn" else action,
        None if again is None else counterfactual(again),
        _unexplained(policy, again),
        tuple(meaning(reason, policy) for reason in item.reasons),
    )


def _unexplained(policy: Policy | None, again: Remade | None) -> str | None:
    if policy is None:
        return "The policy that decided this is not known here (yet): its rules are shown with the values they told."
    if again is None:
        return (
            "The decision does not come out the same from what is known here, so its rules are shown with the values "
            "they told at the time."
        )
    return None

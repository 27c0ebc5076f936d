"""The card of a picture model: what a person must know before trusting it."""

from collections.abc import Iterator

from models.training.judge.intervals import Share
from models.training.pictures.judging import Evaluation, OfCategory
from models.training.pictures.recipe import PictureRecipe
from moderation.taxonomy import DEFINITIONS, Category


def card(recipe: PictureRecipe, evaluation: Evaluation) -> str:
    """`CARD.md`."""
    return "\n".join(_parts(recipe, evaluation))


def _parts(recipe: PictureRecipe, evaluation: Evaluation) -> Iterator[str]:
    yield f"# {evaluation.model}\n\n{recipe.origin}.\nLicence: {recipe.licence}.\n"
    yield (
        f"Scores a picture for {', '.join(recipe.labels)}: a score of its own each, between 0 and 1. Reads "
        f"{recipe.size} x {recipe.size} pixels of RGB.\n\n"
        "Every figure on this page was written by `moderation models pictures`.\n"
    )
    yield _LIMITS
    yield f"## Pictures\n\n{_pictures(recipe, evaluation)}"
    yield (
        f"The figures come from cross-validation in {evaluation.folds} parts: each picture was scored by a network "
        "that saw neither it nor one that looks like it (PDQ hash). The network that ships was fitted on all of them, "
        "so its own figures on new pictures of the same kind should be a little better, and on pictures of other "
        "kinds worse.\n"
    )
    for name, found in evaluation.categories.items():
        yield from _category(Category(name), found)
    yield (
        f"## Cost\n\n{evaluation.milliseconds.value:.1f} ms a picture, one thread of {evaluation.machine}. "
        f"The exported file differs from the trained network by at most {evaluation.parity:.1e} in a logit.\n"
    )


_LIMITS = """## Limits

- It has seen a few hundred pictures of the things it looks for, and few kinds of them: those in the table below. What
  is not in the table (rifles, knives, toys, drawings, weapons in hands, in video games, in part or far away) it was
  never taught, and whatever it says of those is chance.
- Its harmless pictures are photographs of single objects and some of scenes. Screens, documents, drawings and
  pictures of people were hardly among them.
- A picture of a weapon is no offence by itself: let the policy ask for more, or a human look.
- Calibration is for the share of such pictures among the recipe's own, not for the share among your posts.
"""


def _pictures(recipe: PictureRecipe, evaluation: Evaluation) -> str:
    counted = {label: category for category, labels in recipe.labels.items() for label in labels}
    rows = [
        f"| {label} | {count} | {counted.get(label, '')} |"
        for label, count in sorted(evaluation.pictures.items(), key=lambda item: (item[0] not in counted, item[0]))
    ]
    sources = "\n".join(f"- `{archive.file}`: {archive.licence}" for archive in recipe.train)
    return "| label | pictures | counts as |\n|---|---|---|\n" + "\n".join(rows) + f"\n\n{sources}\n"


def _category(category: Category, found: OfCategory) -> Iterator[str]:
    yield (
        f"## {DEFINITIONS[category].title}\n\n"
        f"AUC {found.ranking.auc}, average precision {found.ranking.average_precision}, of "
        f"{found.ranking.positives} such pictures and {found.ranking.negatives} others.\n\n"
        f"At the shipped threshold, {found.threshold:g}, which was chosen in cross-validation:\n\n"
        "| | share found | of |\n|---|---|---|\n"
        f"| {category}: found | {found.recall} | {found.recall.of} |\n"
        f"| others: false alarms | {found.alarms} | {found.alarms.of} |\n"
        f"| pictures of other origins, never trained on: false alarms | {found.harmless} | {found.harmless.of} |\n"
    )
    yield "By label, as far as any is found:\n\n" + _table({n: s for n, s in found.by_label.items() if s.count})
    yield "Found when the picture was changed:\n\n" + _table(found.disguised)


def _table(shares: dict[str, Share]) -> str:
    rows = [f"| {name} | {each} | {each.of} |" for name, each in shares.items()]
    return "| | share found | of |\n|---|---|---|\n" + "\n".join(rows) + "\n"

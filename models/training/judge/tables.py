"""An evaluation as Markdown tables, for the card and for docs/models.md."""

from collections.abc import Iterable, Iterator, Sequence

from models.manifest import Manifest
from models.training.judge.evaluation import Evaluation, gaps
from models.training.judge.fairness import Fairness, Term
from models.training.judge.goals import outcomes
from models.training.judge.intervals import Share

WORST = 10
"""Identity terms shown of each language; all of them are in `evaluation.json`."""


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; nothing where there are no rows."""
    lines = [_row([str(cell).replace("|", "\\|").replace("\n", " ") for cell in row]) for row in rows]
    return "\n".join([_row(header), _row(["---"] * len(header)), *lines]) + "\n" if lines else ""


def goals(evaluation: Evaluation) -> str:
    """What was aimed at, and whether it was reached."""
    return table(
        ("goal", "more than", "measured", "n", ""),
        (
            (
                each.goal.text,
                f"{each.goal.least:.0%}" if isinstance(each.figure, Share) else f"{each.goal.least:g}",
                each.figure,
                f"{each.figure.of:,}" if isinstance(each.figure, Share) else "",
                "met" if each.met else "**MISSED**",
            )
            for each in outcomes(evaluation)
        ),
    )


def rankings(evaluation: Evaluation) -> str:
    """AUC and average precision of each category on each set."""
    return table(
        ("set", "language", "category", "AUC", "average precision", "positives", "negatives"),
        (
            (
                name,
                evaluation.sets[name].language,
                category,
                each.auc,
                each.average_precision,
                f"{each.positives:,}",
                f"{each.negatives:,}",
            )
            for name, of_set in evaluation.rankings.items()
            for category, each in of_set.items()
        ),
    )


def held_out_rankings(evaluation: Evaluation) -> str:
    """The same on held-out rows of the training sources."""
    return table(
        ("category", "AUC", "average precision", "positives", "negatives"),
        (
            (category, each.auc, each.average_precision, f"{each.positives:,}", f"{each.negatives:,}")
            for category, each in evaluation.held_out_rankings.items()
        ),
    )


def alarms(evaluation: Evaluation) -> str:
    """Harmless texts that a category finds: shares in percent, with an interval for the last column."""
    categories = list(dict.fromkeys(name for each in evaluation.alarms.values() for name in each.by_category))
    return table(
        ("set", "language", "texts", *categories, "any"),
        (
            (
                name,
                evaluation.sets[name].language,
                f"{each.any.of:,}",
                *(_value(each.by_category.get(category)) for category in categories),
                each.any,
            )
            for name, each in evaluation.alarms.items()
        ),
    )


def alarms_by_group(evaluation: Evaluation, most: int = WORST) -> str:
    """The groups whose harmless sentences are found most often."""
    worst = [
        (name, group, found, found.of)
        for name, each in evaluation.alarms.items()
        for group, found in sorted(each.groups.items(), key=lambda item: -item[1].value)[:most]
    ]
    return table(("set", "group", "any", "texts"), worst)


def attacks(evaluation: Evaluation) -> str:
    """Recall of hateful posts as written and in another style."""
    return table(
        ("style", "recall as written", "recall rewritten", "change", "lost / won", "p", "n"),
        (
            (
                style,
                each.plain,
                each.attacked,
                f"{each.change.value:+.2%} ({each.change.low:+.2%} to {each.change.high:+.2%})",
                f"{each.lost} / {each.won}",
                f"{each.p:.2g}" if each.p else "< 0.00001",
                f"{each.plain.of:,}",
            )
            for style, each in evaluation.attacks.items()
        ),
    )


def functional(evaluation: Evaluation) -> str:
    """Functional tests: the sums, then each functionality."""
    found = evaluation.functions
    if found is None:
        return ""
    sums = [("**all cases**", "", found.overall), ("**hateful**", "yes", found.hateful)]
    sums.append(("**not hateful**", "no", found.harmless))
    kinds = [(name, "yes" if each.hateful else "no", each.right) for name, each in found.by_functionality.items()]
    return table(
        ("functionality", "hateful", "right", "cases"),
        ((name, hateful, right, right.of) for name, hateful, right in sums + kinds),
    )


def calibration(evaluation: Evaluation) -> str:
    """Expected calibration errors."""
    return table(
        ("set", "category", "error, uncalibrated", "error as shipped", "texts", "positives"),
        (
            (name, category, each.before, each.error, f"{each.texts:,}", f"{each.positives:,}")
            for name, of_set in evaluation.reliability.items()
            for category, each in of_set.items()
        ),
    )


def reliability(evaluation: Evaluation) -> str:
    """How often texts with a score are what the score says."""
    return table(
        ("set", "category", "score", "mean score", "observed", "texts"),
        (
            (
                name,
                category,
                f"{each.low:g} to {each.high:g}",
                f"{each.mean_score:.3f}",
                each.observed,
                f"{each.observed.of:,}",
            )
            for name, of_set in evaluation.reliability.items()
            for category, found in of_set.items()
            for each in found.bins
        ),
    )


def fairness(evaluation: Evaluation) -> str:
    """The generalised means over identity terms, and how far each lies below the overall AUC."""
    return table(
        (
            "language",
            "category",
            "overall AUC",
            "subgroup AUC",
            "BPSN AUC",
            "BNSP AUC",
            "widest gap",
            "terms",
            "phrases",
        ),
        (
            (
                language,
                each.category,
                each.overall_auc,
                f"{each.subgroup_auc:.4f}",
                f"{each.bpsn_auc:.4f}",
                f"{each.bnsp_auc:.4f}",
                f"{max(gaps(each).values()):.4f}",
                len(each.terms),
                f"{each.phrases:,}",
            )
            for language, each in evaluation.fairness.items()
        ),
    )


def worst_terms(evaluation: Evaluation, most: int = WORST) -> str:
    """The terms of each language with the lowest of their three areas."""
    return table(
        ("language", "term", "subgroup AUC", "BPSN AUC", "BNSP AUC", "toxic", "other"),
        (
            (language, name, term.subgroup_auc, term.bpsn_auc, term.bnsp_auc, term.toxic, term.other)
            for language, each in evaluation.fairness.items()
            for name, term in _worst(each, most)
        ),
    )


def parity(evaluation: Evaluation) -> str:
    """Other precisions against fp32."""
    return table(
        ("graph", "largest change of an AUC", "decisions flipped", "score moved, p99", "score moved, most", "texts"),
        (
            (
                name,
                f"{each.auc_delta:.5f}",
                each.any,
                f"{each.moved_p99:.4f}",
                f"{each.moved_most:.4f}",
                f"{each.texts:,}",
            )
            for name, each in evaluation.parity.items()
        ),
    )


def cost(evaluation: Evaluation, manifest: Manifest) -> str:
    """Measured against the budgets."""
    found = evaluation.cost
    rows = (
        ("size of the ONNX file, MB", "size_mb", found.size_mb),
        ("posts a second, one thread", "posts_per_second", found.posts_per_second),
        ("a lone window, median, ms", "", found.p50_ms),
        ("a lone window, 95th percentile, ms", "p95_ms", found.p95_ms),
        ("resident memory of a process, MB", "memory_mb", found.memory_mb),
    )
    budgets = {str(name): limit for name, limit in manifest.budgets.items()}
    return table(
        ("", "measured", "budget"),
        ((text, f"{value:g}", f"{budgets[name]:g}" if name in budgets else "") for text, name, value in rows),
    )


def sets(evaluation: Evaluation) -> Iterator[tuple[str, str, int, int]]:
    """Name, language, texts judged and texts there are."""
    for name, each in evaluation.sets.items():
        yield name, each.language, each.texts, each.of


def _value(found: Share | None) -> str:
    return "no score" if found is None else f"{found.value:.2%}"


def _worst(fairness: Fairness, most: int) -> list[tuple[str, Term]]:
    def lowest(item: tuple[str, Term]) -> float:
        return min(item[1].subgroup_auc.value, item[1].bpsn_auc.value, item[1].bnsp_auc.value)

    return sorted(fairness.terms.items(), key=lowest)[:most]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"

"""The reliability plot of an evaluation, as SVG."""

from pathlib import Path

from models.training.judge.reliability import Reliability

FILE = "reliability.svg"


def plot(measured: dict[str, dict[str, Reliability]], path: Path) -> None:
    """Observed share against mean score of each bin, with intervals; on the diagonal scores are probabilities.

    `measured` is by set and category. The same figures give the same bytes.
    """
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "reliability", "font.size": 9})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5.2, 4.4), layout="constrained")
    axes.plot([0, 1], [0, 1], color="0.75", linewidth=1, zorder=0)
    for name, of_set in measured.items():
        for category, found in of_set.items():
            scores = [each.mean_score for each in found.bins]
            observed = [each.observed.value for each in found.bins]
            below = [each.observed.value - each.observed.low for each in found.bins]
            above = [each.observed.high - each.observed.value for each in found.bins]
            label = f"{category}, {name} (n = {found.texts:,})"
            axes.errorbar(
                scores,
                observed,
                yerr=(_positive(below), _positive(above)),
                fmt="o-",
                ms=3,
                lw=1,
                capsize=2,
                label=label,
            )
    axes.set(xlabel="mean score", ylabel="observed share", xlim=(0, 1), ylim=(0, 1))
    axes.legend(frameon=False, fontsize=7)
    figure.savefig(path, format="svg", metadata={"Date": None})
    pyplot.close(figure)


def _positive(lengths: list[float]) -> list[float]:
    """Without the -1e-9 that rounding leaves of an interval's end."""
    return [max(0.0, length) for length in lengths]

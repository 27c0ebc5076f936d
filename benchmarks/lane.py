"""The text lane end to end over Kafka, against the best bare set-up of the same model on the same posts.

One `moderation worker --lanes text` empties a posts topic that was filled before. The broker, the worker and
nothing else run on the machine's cores. Bare and lane take turns, so that both see the same machine.
"""

from benchmarks.bare import Bare, Setting, grid
from benchmarks.drain import drain, refuse_unscored
from benchmarks.posts import values
from benchmarks.result import Goal, Result, row
from benchmarks.stand import Stand, say
from benchmarks.stats import median
from models import manifest
from models.text.normalise import normalise

_ROUNDS = 3


def run(stand: Stand) -> Result:
    """The grid of bare settings once, then its two best and the lane in turn."""
    folder = manifest.find(stand.model)
    posts = stand.posts.take(stand.size(8000, 300))
    texts = [normalise(post.text) for post in posts]
    say("  bare set-ups")
    rates = {setting: Bare(folder, setting).rate(texts[: stand.size(2000, 150)]) for setting in grid()}
    for setting, rate in rates.items():
        say(f"    {setting}: {rate:.0f} posts/s")
    # The first of the grid may be so by chance: the two best run on, and the longer runs decide.
    finalists = sorted(rates, key=rates.__getitem__, reverse=True)[:2]
    topics = stand.topics("lane")
    topics.fill(values(posts))
    bare: dict[Setting, list[float]] = {setting: [] for setting in finalists}
    lane: list[float] = []
    for number in range(stand.size(_ROUNDS, 1)):
        for setting in finalists:
            bare[setting].append(Bare(folder, setting).rate(texts))
        since = topics.ends(topics.name("scored"))
        worker = stand.worker("text", topics, f"round-{number}")
        lane.append(drain(topics, [worker], topics.name("scored"), len(posts)).rate)
        if number == 0:
            refuse_unscored(topics, since)
        say(f"  round {number + 1}: bare {[round(rates[-1]) for rates in bare.values()]}, lane {lane[-1]:.0f} posts/s")
    topics.refuse_dead_letters()
    best = max(bare, key=lambda setting: median(bare[setting]))
    ratios = [ours / theirs for ours, theirs in zip(lane, bare[best], strict=True)]
    rows = [
        row("bare ONNX, best set-up", bare[best], "posts/s", note=str(best)),
        row("text lane over Kafka, one process", lane, "posts/s"),
        row("lane / bare", ratios, "ratio", Goal("at least", 0.95)),
    ]
    details = {
        "model": manifest.load(folder).name,
        "posts": len(posts),
        "grid": {str(setting): rate for setting, rate in rates.items()},
        "bare": {str(setting): rates for setting, rates in bare.items()},
        "lane": lane,
    }
    return Result("Text lane against the bare model", rows, details)

"""The text lane against other ways to do the same, on one broker, the same posts and the same model, in turn.

Each starts on a posts topic that was filled before and runs until all is done, or for `LIMIT_S` seconds of output
where it is slow; its rate is that of the steady state, by the broker's clock. Ours does more: it identifies the
language, reads every window of a long post and writes the whole record; the contenders write scores.
"""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.drain import Drained, drain
from benchmarks.posts import values
from benchmarks.processes import BenchmarkError, Child
from benchmarks.result import Goal, Result, Row, row
from benchmarks.stand import Stand, say
from benchmarks.topics import Ends, Topics
from models import manifest
from models.manifest import Manifest
from models.text.normalise import normalise
from models.text.tokens import Windows
from moderation.events import Post, Scored

_ROUNDS = 2
LIMIT_S = 30
OURS = "text lane, one process"
_CONTENDERS: dict[str, tuple[str, list[str], Goal | None]] = {
    "kafka-python + transformers.pipeline": ("pipeline", [], Goal("at least", 10.0)),
    "the same, batches of 8": ("pipeline", ["--batch-size", "8"], Goal("at least", 10.0)),
    "Quix Streams": ("quix", [], Goal("at least", 2.0)),
    "FastStream, batch subscriber": ("faststream_batch", ["--batch-size", "32"], Goal("at least", 1.2)),
    "FastStream with our batcher": ("faststream_batch", ["--batch-size", "0"], None),
}
_AGREEMENT = 0.001
"""How far scores may lie apart: same file, same rows; sums in another order may round an activation otherwise."""


def run(stand: Stand) -> Result:
    """All contenders once in every round; ratios are taken within the round."""
    folder = manifest.find(stand.model)
    spec = manifest.load(folder)
    posts = stand.posts.take(stand.size(8000, 600))
    comparable = _of_one_window(posts, folder, spec)
    topics = stand.topics("contest")
    topics.fill(values(posts))
    rates: dict[str, list[float]] = {name: [] for name in (OURS, *_CONTENDERS)}
    counts: dict[str, list[int]] = {name: [] for name in rates}
    apart: dict[str, float] = {}
    ours: dict[str, dict[str, float]] = {}
    for number in range(stand.size(_ROUNDS, 1)):
        since = topics.ends(topics.name("scored"))
        worker = stand.worker("text", topics, f"round-{number}")
        _note(rates, counts, OURS, drain(topics, [worker], topics.name("scored"), len(posts)))
        ours = ours or _our_scores(topics, since)
        for place, (name, (module, options, _)) in enumerate(_CONTENDERS.items()):
            sink = topics.add(f"scores-{number}-{place}")
            contender = _contender(stand, topics, module, options, sink, folder, f"{number}-{place}")
            done = drain(topics, [contender], sink, len(posts), limit_s=stand.size(LIMIT_S, 25))
            _note(rates, counts, name, done)
            if module != "pipeline":
                apart[name] = max(apart.get(name, 0.0), _apart(topics, sink, ours, comparable, spec))
    topics.refuse_dead_letters()
    rows = [row(OURS, rates[OURS], "posts/s")]
    for name, (_, _, goal) in _CONTENDERS.items():
        ratios = [own / theirs for own, theirs in zip(rates[OURS], rates[name], strict=True)]
        rows += _rows(name, rates[name], ratios, goal, apart.get(name))
    details = {
        "model": spec.name,
        "posts": len(posts),
        "rates": rates,
        "posts_done": counts,
        "largest_difference_of_scores": apart,
    }
    return Result("Against other ways", rows, details)


def _rows(name: str, rates: list[float], ratios: list[float], goal: Goal | None, apart: float | None) -> list[Row]:
    if apart is None:
        note = "scores not compared: fresh torch weights"
    else:
        note = f"scores differ from ours by at most {apart:.1g}" if apart else "scores equal to ours"
    return [row(name, rates, "posts/s", note=note), row(f"ours / {name}", ratios, "ratio", goal)]


def _note(rates: dict[str, list[float]], counts: dict[str, list[int]], name: str, done: Drained) -> None:
    rates[name].append(done.rate)
    counts[name].append(done.count)
    say(f"  {name}: {done.rate:.0f} posts/s ({done.count} posts)")


def _contender(
    stand: Stand, topics: Topics, module: str, options: list[str], sink: str, folder: Path, group: str
) -> AbstractContextManager[Child]:
    command = [str(stand.bench_python), "-m", f"benchmarks.against.{module}"]
    command += ["--bootstrap", topics.kafka.bootstrap, "--source", topics.name("posts"), "--sink", sink]
    command += ["--group", f"{topics.kafka.topic_prefix}-{group}", "--model", str(folder), *options]
    return stand.child(command, module, {"HF_HUB_OFFLINE": "1"})


def _our_scores(topics: Topics, since: Ends) -> dict[str, dict[str, float]]:
    records = (Scored.model_validate_json(each.value) for each in topics.records(topics.name("scored"), since))
    return {record.post.post_id: dict(record.signals) for record in records}


def _apart(topics: Topics, sink: str, ours: dict[str, dict[str, float]], comparable: set[str], spec: Manifest) -> float:
    """The largest difference of a score from ours. Raises when it is more than rounding."""
    theirs = {own["post_id"]: own["scores"] for own in (json.loads(each.value) for each in topics.records(sink))}
    worst: float = max(
        abs(value - ours[post][f"text.{spec.labels[label]}"])
        for post in theirs.keys() & comparable
        for label, value in theirs[post].items()
    )
    if worst > _AGREEMENT:
        raise BenchmarkError(f"scores on {sink} lie up to {worst:.3g} from ours: that contender does other work")
    return worst


def _of_one_window(posts: Sequence[Post], folder: Path, spec: Manifest) -> set[str]:
    """Posts of which a contender reads as much as we do."""
    assert spec.tokenizer is not None
    prepared = Windows(folder, spec.tokenizer)([normalise(post.text) for post in posts])
    return {post.post_id for post, each in zip(posts, prepared, strict=True) if len(each.rows) == 1}

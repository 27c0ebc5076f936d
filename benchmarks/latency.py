"""How long a post waits for its decision while posts keep coming: text worker, policy worker, broker, sender.

From the time a post was due to be sent until the broker stored its decision, both by this machine's clock.
"""

import json
import sys

from benchmarks.drain import PATIENCE_S, drain
from benchmarks.posts import values
from benchmarks.processes import BenchmarkError
from benchmarks.result import Goal, Result, Row, row
from benchmarks.stand import Stand, all_of, say
from benchmarks.stats import percentile
from benchmarks.topics import PARTITIONS, Topics
from moderation.events import Decision, Post

_WARM_S = 20.0  # the broker compiles its hot paths meanwhile
_SHARES = (0.5, 0.8)


def run(stand: Stand) -> Result:
    """The top rate of both workers together first, then a paced run at each share of it."""
    top = _top_rate(stand)
    say(f"  top rate: {top:.0f} posts/s")
    rows = [row("top rate, text and policy worker side by side", top, "posts/s")]
    details: dict[str, object] = {"top_rate": top}
    for share in _SHARES:
        waits, details[f"at {share:.0%}"] = _paced(stand, share * top)
        rows += _rows(share, waits)
        say(
            f"  at {share:.0%}: "
            + ", ".join(f"p{part} {percentile(waits, part / 100):.0f} ms" for part in (50, 95, 99))
        )
    return Result("Latency, post to decision", rows, details)


def _rows(share: float, waits: list[float]) -> list[Row]:
    goal = Goal("below", 250.0) if share == _SHARES[0] else None
    measure = f"at {share:.0%} of the top rate"
    return [
        row(f"{measure}, p50", percentile(waits, 0.5), "ms", note=f"{len(waits)} posts"),
        row(f"{measure}, p95", percentile(waits, 0.95), "ms", goal),
        row(f"{measure}, p99", percentile(waits, 0.99), "ms"),
    ]


def _top_rate(stand: Stand) -> float:
    topics = stand.topics("top")
    posts = stand.posts.take(stand.size(6000, 300))
    topics.fill(values(posts))
    workers = [stand.worker(lane, topics, "top") for lane in ("text", "policy")]
    return drain(topics, workers, topics.name("decisions"), len(posts)).rate


def _paced(stand: Stand, rate: float) -> tuple[list[float], dict[str, object]]:
    """The waits in ms of the posts after the warm-up, and how the run went. Every post must have one decision."""
    topics = stand.topics("paced")
    warm = int(rate * _WARM_S)
    posts = stand.posts.take(warm + int(rate * stand.size(25, 5)))
    file = stand.folder / "paced.jsonl"
    file.write_bytes(b"\n".join(values(posts)))
    decisions = topics.name("decisions")
    workers = [stand.worker(lane, topics, "paced") for lane in ("text", "policy")]
    with all_of(*workers) as running:
        # One post through the whole way: only then are both workers ready.
        topics.fill([Post(post_id="first", text="the first one").to_json()])
        if not topics.wait(decisions, {}, 1, running, PATIENCE_S):
            raise BenchmarkError(f"no decision within {PATIENCE_S:.0f} s of the workers' start")
        since = topics.ends(topics.name("posts"))
        output = _send(stand, topics, str(file), rate, len(posts) / rate + PATIENCE_S)
        if not topics.wait(decisions, {}, len(posts) + 1, running, PATIENCE_S):
            raise BenchmarkError("not every post has its decision: it was lost or the workers cannot keep up")
    due = {
        Post.model_validate_json(record.value).post_id: record.timestamp
        for record in topics.records(topics.name("posts"), since)
    }
    stored = [
        (Decision.model_validate_json(record.value).post_id, record.timestamp) for record in topics.records(decisions)
    ]
    decided = dict(stored)
    missing = due.keys() - decided.keys()
    if missing or len(stored) > len(decided):
        raise BenchmarkError(f"{len(missing)} posts have no decision, {len(stored) - len(decided)} more than one")
    topics.refuse_dead_letters()
    measured = sorted(due, key=due.__getitem__)[warm:]
    waits = [float(decided[post] - due[post]) for post in measured]
    return waits, {
        "posts_per_s": rate,
        "posts": len(measured),
        "longest_ms": max(waits),
        "sender": json.loads(output.splitlines()[-1]),
    }


def _send(stand: Stand, topics: Topics, file: str, rate: float, timeout_s: float) -> str:
    command = [sys.executable, "-m", "benchmarks.paced", file, "--bootstrap", topics.kafka.bootstrap]
    command += ["--topic", topics.name("posts"), "--partitions", str(PARTITIONS), "--rate", f"{rate:.3f}"]
    with stand.child(command, "sender") as sender:
        sender.finished(timeout_s)
        return sender.output()

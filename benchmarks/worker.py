"""What a worker costs before and besides its work: time to its first record, memory."""

from benchmarks.drain import Drained, drain
from benchmarks.posts import values
from benchmarks.result import Result, Row, row
from benchmarks.stand import Stand, say

_ROUNDS = 5


def run(stand: Stand) -> Result:
    """Each round starts a text worker, then a policy worker, on posts that wait for them."""
    count = stand.size(2000, 100)
    topics = stand.topics("worker")
    topics.fill(values(stand.posts.take(count)))
    scored, decisions = topics.name("scored"), topics.name("decisions")
    drained: dict[str, list[Drained]] = {"text": [], "policy": []}
    rounds = stand.size(_ROUNDS, 1)
    for number in range(rounds):
        drained["text"].append(drain(topics, [stand.worker("text", topics, f"text-{number}")], scored, count))
        waiting = count * (number + 1)
        worker = stand.worker("policy", topics, f"policy-{number}")
        drained["policy"].append(drain(topics, [worker], decisions, waiting))
        say(f"  round {number + 1}: " + ", ".join(f"{lane} {runs[-1].first_s:.1f} s" for lane, runs in drained.items()))
    rows: list[Row] = []
    for lane, runs in drained.items():
        rows.append(row(f"{lane} worker, start to first record", [each.first_s for each in runs], "s"))
    for lane, runs in drained.items():
        rows.append(row(f"{lane} worker, resident memory", [each.memory[0].rss_mb for each in runs], "MB"))
        rows.append(row(f"{lane} worker, proportional memory", [each.memory[0].pss_mb for each in runs], "MB"))
    return Result("A worker's start and memory", rows, {"posts": count, "rounds": rounds})

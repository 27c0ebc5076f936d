"""What the transport and the policy can carry when no model costs anything."""

from benchmarks.drain import drain
from benchmarks.posts import values
from benchmarks.result import Result, row
from benchmarks.stand import Stand, say

_ROUNDS = 2


def run(stand: Stand) -> Result:
    """The text lane with the stub at 0 ms, then the policy on what it made; one process each, alone."""
    count = stand.size(12_000, 600)
    topics = stand.topics("stub")
    topics.fill(values(stand.posts.take(count)))
    scored, decisions = topics.name("scored"), topics.name("decisions")
    text: list[float] = []
    policy: list[float] = []
    for number in range(stand.size(_ROUNDS, 1)):
        text.append(drain(topics, [stand.worker("text", topics, f"text-{number}", "stub:0")], scored, count).rate)
        say(f"  round {number + 1}: text {text[-1]:.0f} posts/s")
    # Every round of the text lane has left its records: the policy gets them all, each time anew.
    waiting = count * len(text)
    for number in range(stand.size(_ROUNDS, 1)):
        policy.append(drain(topics, [stand.worker("policy", topics, f"policy-{number}")], decisions, waiting).rate)
        say(f"  round {number + 1}: policy {policy[-1]:.0f} decisions/s")
    topics.refuse_dead_letters()
    rows = [
        row("text lane with the stub at 0 ms, one process", text, "posts/s"),
        row("policy worker with 200 rules, one process", policy, "decisions/s"),
    ]
    return Result("Transport without a model", rows, {"posts": count, "records_for_the_policy": waiting})

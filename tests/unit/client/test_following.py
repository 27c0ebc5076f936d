"""What a follower lets through: each id once, nothing outdated, with bounded memory."""

from hypothesis import given
from hypothesis import strategies as st

from moderation.client.following import CurrentDecisions
from moderation.events import Decision

decisions = st.builds(
    lambda post, revision, stage, number: Decision(
        decision_id=f"{post}-{revision}-{stage}-{number}",
        post_id=post,
        revision=revision,
        stage=stage,
        action="allow",
    ),
    st.sampled_from(["p1", "p2"]),
    st.integers(0, 2),
    st.sampled_from(["provisional", "final", "human"]),
    st.integers(0, 1),
)


@given(st.lists(decisions, max_size=40))
def test_any_order_and_repetition_gives_each_id_once_and_never_an_older_one(sequence: list[Decision]) -> None:
    current = CurrentDecisions()
    given_out = [decision for decision in sequence if current(decision)]
    ids = [decision.decision_id for decision in given_out]
    assert len(ids) == len(set(ids))
    for post in ("p1", "p2"):
        orders = [decision.order() for decision in given_out if decision.post_id == post]
        assert orders == sorted(orders)
        every = [decision.order() for decision in sequence if decision.post_id == post]
        assert orders[-1:] == ([max(every)] if every else [])


def test_only_so_many_are_remembered() -> None:
    current = CurrentDecisions(remembered=2)
    first, second, third = (
        Decision(decision_id=name, post_id=name, stage="final", action="allow") for name in ("a", "b", "c")
    )
    assert [current(decision) for decision in (first, second, third, third, first)] == [True, True, True, False, True]

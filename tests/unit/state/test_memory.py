"""What a policy finds remembered of authors, texts and domains."""

from datetime import timedelta

import pytest

from moderation.deciding import Decider
from moderation.errors import StateError
from moderation.events import Scalar, Verdict
from moderation.policy import parse_policy
from moderation.state import Change
from moderation.state.memory import Memory
from moderation.state.needs import Needs
from moderation.state.world import World
from tests.unit.state.posts import START, asking, decider, decisions, remembered, scored

COPY = "Buy the best watches here today"


def one(name: str, *records: object) -> list[Scalar | None]:
    """The values that one name has, post by post."""
    states = remembered(decider(asking(name)), records)
    return [None if state is None else next(iter(state.values())) for state in states]


def test_an_author_s_posts_count_while_they_lie_in_the_window_this_one_included() -> None:
    posts = [scored(0), scored(1, 5), scored(2, 59), scored(3, 60), scored(4, 300)]
    assert one('author.posts("1m")', *posts) == [1, 2, 3, 3, 1]


def test_authors_are_counted_apart_and_without_an_author_nothing_is_known() -> None:
    posts = [scored(0), scored(1, author="bob"), scored(2, author=None), scored(3)]
    assert one('author.posts("1h")', *posts) == [1, 1, None, 2]


def test_only_new_live_posts_are_counted() -> None:
    posts = [scored(0), scored(1, change="edited", revision=1), scored(2, occasion="backfill-1"), scored(3)]
    assert one('author.posts("1h")', *posts) == [1, 1, 1, 2]


def test_a_deleted_post_is_withdrawn_without_looking() -> None:
    assert one('author.posts("1h")', scored(0), scored(1, change="deleted"), scored(2)) == [1, None, 2]


def test_a_later_lane_s_copy_is_not_counted_again_and_sees_its_time() -> None:
    waiting, complete = {"text": "scored", "image": "pending"}, {"text": "scored", "image": "scored"}
    posts = [
        scored(0, lanes=waiting),
        scored(1, 30, text="other"),
        scored(0, lanes=complete),
        scored(2, 45),
        scored(1, 30, text="other", lanes=complete),
    ]
    assert one('author.posts("10m")', *posts) == [1, 2, 1, 3, 2]
    assert one('author.distinct_texts("10m")', *posts) == [1, 2, 1, 2, 2]


def test_what_is_not_kept_for_so_long_is_unknown_rather_than_wrong() -> None:
    late = scored(0, lanes={"text": "scored", "image": "scored"})
    assert one('author.posts("10s")', scored(0), scored(1, 300), late) == [1, 1, None]


def test_an_author_is_first_seen_on_its_first_post() -> None:
    day = 86_400
    posts = [scored(0), scored(1, day / 2), scored(2, 10 * day), scored(3, 10 * day, author="bob")]
    assert one("author.first_seen", *posts) == [0, 0.5, 10, 0]


def test_distinct_texts_and_domains_are_told_apart() -> None:
    texts = ["Hello there", "hello  THERE", "Bye", "", "Bye"]
    assert one('author.distinct_texts("1h")', *(scored(n, n, text=text) for n, text in enumerate(texts))) == [
        1, 1, 2, 2, 2,
    ]  # fmt: skip
    texts = ["see https://a.example/x", "www.a.example and http://b.example", "no link", "https://shop.b.example"]
    assert one('author.distinct_domains("1h")', *(scored(n, text=text) for n, text in enumerate(texts))) == [1, 2, 2, 2]


def test_the_same_text_is_counted_whoever_writes_it_unless_it_is_short() -> None:
    posts = [scored(n, n, author=f"a{n // 2}", text=COPY.upper() if n % 2 else f"  {COPY} ") for n in range(4)]
    assert one('content.posts("1h")', *posts) == [1, 2, 3, 4]
    assert one('content.authors("1h")', *posts) == [1, 1, 2, 2]
    assert one('content.posts("1h")', *(scored(n, text="lol") for n in range(3))) == [0, 0, 0]
    assert one('content.posts("1h")', *(scored(n, author=None, text=COPY) for n in range(2))) == [1, 2]


def test_of_several_domains_the_one_with_most_counts() -> None:
    posts = [
        scored(0, text="https://a.example"),
        scored(1, author="bob", text="https://a.example https://b.example"),
        scored(2, text="https://b.example"),
        scored(3, text="no link"),
    ]
    assert one('domain.posts("1h")', *posts) == [1, 2, 2, 0]
    assert one('domain.authors("1h")', *posts) == [1, 2, 2, 0]


def test_a_decision_holds_what_its_own_policy_asks_and_nothing_without_a_question() -> None:
    assert remembered(decider(asking("post.revision")), [scored(0)]) == [None]
    state = remembered(decider(asking('author.posts("1h")', 'author.posts("1d")', "author.strikes")), [scored(0)])
    assert state == [{"author.posts(1d)": 1, "author.posts(1h)": 1, "author.strikes": 0}]


def test_a_set_says_a_thousand_when_it_has_more() -> None:
    values = one('author.distinct_texts("1d")', *(scored(n, n, text=f"text {n}") for n in range(1_010)))
    assert values[998:] == [999, 1_000, *[1_000] * 10]


def test_a_window_is_counted_from_when_a_policy_first_asks_and_a_policy_may_come_back() -> None:
    counting = Memory(0, World())
    narrow, wide = (Needs.of([asking(f'author.posts("{window}")')]) for window in ("10m", "1h"))
    seen = [counting.meet(scored(n, n), n, needs).state for n, needs in enumerate((narrow, narrow, wide, narrow, wide))]
    assert [next(iter(state.values())) for state in seen] == [1, 2, 1, 3, 2]


def test_what_other_partitions_count_is_added_and_one_author_counts_once() -> None:
    world = World()
    policy = asking('content.posts("1h")', 'content.authors("1h")')
    here, there = decider(policy, 0, world), decider(policy, 1, world)
    remembered(there, [scored(0, text=COPY), scored(1, author="bob", text=COPY)])
    assert remembered(here, [scored(0, text=COPY)])[0] == {"content.posts(1h)": 1, "content.authors(1h)": 1}
    for change in there.changes():
        assert change.topic == "counts"
        here.elsewhere(1, change)
        here.elsewhere(0, change)  # its own part is what it has counted itself
    assert remembered(here, [scored(1, text=COPY)], 1)[0] == {"content.posts(1h)": 4, "content.authors(1h)": 2}


STRIKES = "strikes: {hate: {weight: 2, expires: 30d, for: [remove, restrict]}, default: {weight: 0.5}}"
GIVING = """
policy: giving
{strikes}
rules:
  - {{id: hate, when: text.hate >= 0.9, then: remove, because: hate}}
  - {{id: spam, when: text.spam >= 0.9, then: remove, because: spam}}
  - {{id: look, when: author.strikes >= 100 or author.strikes("hate") >= 100, then: review, because: hate}}
"""


def _giving() -> Decider:
    return decider(parse_policy(GIVING.format(strikes=STRIKES)))


DAY = 86_400


def test_decisions_give_strikes_by_weight_and_reason_until_they_expire() -> None:
    scores = [{"text.hate": 1.0}, {"text.spam": 1.0}, {}, {}, {}]
    days = [0, 1, 2, 30, 91]
    posts = [scored(n, d * DAY, signals=s) for n, (d, s) in enumerate(zip(days, scores, strict=True))]
    states = remembered(_giving(), posts)
    assert [state and (state["author.strikes"], state["author.strikes(hate)"]) for state in states] == [
        (0, 0), (2, 2), (2.5, 2), (0.5, 0), (0, 0),
    ]  # fmt: skip


def _verdict(
    action: str, reasons: tuple[str, ...] = (), minute: int = 0, post: str = "p0", revision: int = 0
) -> Verdict:
    return Verdict(
        verdict_id=f"v{minute}", post_id=post, author_id="ann", revision=revision, action=action, reasons=reasons,
        reviewer="rita", decided_at=START + timedelta(minutes=minute), source=scored(0).source,
    )  # type: ignore[arg-type]  # fmt: skip


def _strikes(own: Decider, offset: int) -> Scalar:
    (decision,) = decisions(own, [scored(offset, 3_600)], offset)
    assert decision.state is not None
    return decision.state["author.strikes"]


def test_a_human_takes_a_strike_back_and_gives_it_again_and_the_newest_verdict_counts() -> None:
    own = _giving()
    decisions(own, [scored(0, signals={"text.hate": 1.0})])
    given, taken, appeal = _verdict("remove", ("hate",), 3), _verdict("allow", (), 2), _verdict("remove", ("spam",), 1)
    for verdicts, expected in (
        ([appeal], 0.5),
        ([taken], 0),
        ([appeal, taken], 0),
        ([given, taken, appeal], 2),
        ([given], 2),
    ):
        for verdict in verdicts:
            own.verdict(verdict)
        assert _strikes(own, 10) == expected


def test_a_verdict_that_repeats_an_action_without_a_reason_leaves_the_strike() -> None:
    own = _giving()
    decisions(own, [scored(0, signals={"text.hate": 1.0})])
    own.verdict(_verdict("remove"))
    assert _strikes(own, 1) == 2
    own.verdict(_verdict("label"))
    assert _strikes(own, 2) == 0


def test_what_two_workers_wrote_of_one_author_is_brought_together() -> None:
    first, second = _giving(), _giving()
    posts = [scored(0, signals={"text.hate": 1.0}), scored(1, 1)]
    decisions(first, posts)
    decisions(second, posts[:1])
    second.verdict(_verdict("allow"))  # which the first, thought dead, has not seen
    written = [*first.changes(), *second.changes()]
    for changes in (written, written[::-1]):
        own = _giving()
        for change in changes:
            own.restore(change)
        assert _strikes(own, 5) == 0


def test_an_author_cannot_edit_or_delete_a_strike_away() -> None:
    own = _giving()
    edited = scored(1, post_id="p0", change="edited", revision=1)
    deleted = scored(2, post_id="p0", change="deleted", revision=2)
    decisions(own, [scored(0, signals={"text.hate": 1.0}), edited, deleted])
    assert _strikes(own, 3) == 2


def test_a_post_that_comes_again_and_is_judged_otherwise_gives_no_strike() -> None:
    own = _giving()
    decisions(own, [scored(0), scored(0, signals={"text.hate": 1.0})])
    assert _strikes(own, 5) == 0


def test_a_backfill_may_take_a_strike_back() -> None:
    own = _giving()
    again = scored(1, post_id="p0", occasion="backfill-1")
    decisions(own, [scored(0, signals={"text.hate": 1.0}), again])
    assert _strikes(own, 2) == 0


def test_a_policy_without_strikes_gives_none() -> None:
    own = decider(parse_policy(GIVING.format(strikes="")))
    decisions(own, [scored(0, signals={"text.hate": 1.0})])
    assert _strikes(own, 1) == 0


def test_keys_that_nobody_can_ask_for_any_more_are_given_up_a_few_at_a_time() -> None:
    own = decider(asking('author.posts("10m")', 'content.posts("1h")'))
    remembered(own, [scored(n, n, author=f"a{n}", text=f"{COPY} {n}") for n in range(50)])
    assert len(own.changes()) == 100
    remembered(own, [scored(50, 5_000, text=f"{COPY} 50")])
    removed = {change.key for change in own.changes() if change.value is None}
    remembered(own, [scored(99, 99_999, text=f"{COPY} 99")])
    while gone := [change.key for change in own.changes() if change.value is None]:
        removed.update(gone)
    assert len(removed) == 101  # 50 authors and 51 texts; one author is still there
    assert remembered(own, [scored(100, 100_000, author="a1", text=f"{COPY} 1")], 100) == [
        {"author.posts(10m)": 1, "content.posts(1h)": 1}
    ]


def test_a_clock_far_ahead_makes_nobody_forget() -> None:
    own = Memory(0, World(), clock=lambda: START.timestamp() + 60)
    needs = Needs.of([asking('author.posts("10m")')])
    own.meet(scored(0), 0, needs)
    own.meet(scored(1, 10**9, author="bob"), 1, needs)
    assert [change.value is None for change in own.changes()] == [False, False]
    assert own.meet(scored(2, 30), 2, needs).state == {"author.posts(10m)": 2}


@pytest.mark.parametrize(
    "value", [b"", b"[]", b"{}", b'{"v":1}', b"null", b'{"v":1,"fence":1,"decided":1,"time":1,"posts":{"a":[]}}']
)
def test_what_cannot_be_read_is_an_error_here_and_passed_over_where_another_partition_wrote_it(value: bytes) -> None:
    own = decider(asking('content.posts("1h")'))
    with pytest.raises(StateError, match="key b'content:x'"):
        own.restore(Change("counts", b"content:x", value))
    (change,) = _changes_of(COPY)
    own.elsewhere(1, Change("counts", change.key, value))
    assert remembered(own, [scored(0, text=COPY)]) == [{"content.posts(1h)": 1}]


def test_a_version_to_come_is_refused_with_what_to_do() -> None:
    with pytest.raises(StateError, match="is of version 2, this program knows 1: use the newer program"):
        decider(asking("author.strikes")).restore(Change("state", b"author:a", b'{"v":2}'))


def _changes_of(text: str) -> list[Change]:
    own = decider(asking('content.posts("1h")'))
    remembered(own, [scored(0, text=text)])
    return own.changes()


def test_keys_of_others_are_left_alone() -> None:
    own = decider(asking("author.strikes"))
    own.restore(Change("counts", b"future:x", b"?"))
    own.elsewhere(1, Change("counts", b"\xff", None))
    assert own.changes() == []

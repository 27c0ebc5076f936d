"""What a record and a policy come to: severity, exemptions, contradictions, lanes that are missing."""

from datetime import UTC, datetime, timedelta

import pytest

from moderation import ids
from moderation.events import Decision, LaneName, LaneState, Media, ReviewItem, Verdict
from moderation.policy import Outcome, evaluate, human_decision
from tests.unit.policy.builders import TIME, policy, record

pytestmark = pytest.mark.usefixtures("later_lanes")

PICTURE = {"text": "scored", "image": "pending"}
HATE_TIERS = """
{id: remove-it, when: text.hate >= 0.9, then: remove, because: hate, queue: hate}
{id: look, when: text.hate >= 0.6, then: review, because: hate, queue: hate, priority: 2}
{id: mark, when: text.insult >= 0.5, then: label, because: insult}
"""
QUEUES = "queues: {hate: {due: 8h, priority: 3}}"


def _actions(outcome: Outcome) -> tuple[str, str]:
    return outcome.decision.stage, outcome.decision.action


def test_the_most_severe_action_wins_and_its_reasons_are_given() -> None:
    made = record({"text.hate": 0.95, "text.insult": 0.9})
    outcome = evaluate(made, policy(HATE_TIERS, QUEUES))
    assert _actions(outcome) == ("final", "remove")
    assert outcome.decision.reasons == ("hate",)
    assert [rule.rule for rule in outcome.decision.rules] == ["remove-it", "look", "mark"]
    assert outcome.review is None


def test_nothing_fired_is_allowed_and_asks_nobody() -> None:
    outcome = evaluate(record(), policy(HATE_TIERS, QUEUES))
    assert (_actions(outcome), outcome.decision.rules, outcome.review) == (("final", "allow"), (), None)


def test_a_review_names_its_queue_its_due_time_and_the_terms_of_its_priority() -> None:
    made = record({"text.hate": 0.7, "text.insult": 0.9})
    review = evaluate(made, policy(HATE_TIERS, QUEUES)).review
    assert review is not None
    assert (review.queue, review.due_at) == ("hate", TIME + timedelta(hours=8))
    assert review.priority == {"queue": 3.0, "rule": 2.0, "score": 0.7}
    assert (review.status, review.visible_from, review.reasons) == ("open", None, ("hate",))
    assert review.review_id == ids.review_id("p1", 0, "live")


def test_a_held_post_is_brought_to_a_human() -> None:
    outcome = evaluate(record({"text.hate": 1.0}), policy("{id: h, when: text.hate > 0.9, then: hold, because: hate}"))
    assert outcome.decision.action == "hold"
    assert outcome.review is not None
    assert outcome.review.status == "open"


def test_a_fired_rule_shows_every_value_it_saw_with_derived_signals_by_name() -> None:
    rules = "{id: r, when: worst >= 0.5 and facts.age < 9 and post.surface == 'post', then: label, because: spam}"
    head = "facts: {age: number}\nsignals: {worst: 'max(text.hate, text.spam)'}"
    (rule,) = evaluate(record({"text.spam": 0.8}, facts={"age": 3}), policy(rules, head)).decision.rules
    assert rule.values == {
        "worst": 0.8, "text.hate": 0.0, "text.spam": 0.8, "facts.age": 3, "post.surface": "post"
    }  # fmt: skip
    assert rule.because == "spam"


def test_an_undetermined_rule_names_what_is_missing_and_does_not_fire() -> None:
    rules = "{id: r, when: text.spam > 0.5 and facts.age < 9, then: remove, because: spam}"
    decision = evaluate(record({"text.spam": 0.8}), policy(rules, "facts: {age: number}")).decision
    assert (decision.stage, decision.action, decision.rules) == ("final", "allow", ())
    (left,) = decision.undetermined
    assert (left.rule, left.action, left.missing, left.values) == ("r", "remove", ("facts.age",), {"text.spam": 0.8})


class TestExemptions:
    RULES = """
    {id: remove-it, when: text.hate >= 0.9, then: remove, because: hate}
    {id: mark, when: text.hate >= 0.5, then: label, because: hate}
    {id: trusted, when: facts.trusted, exempt: [remove-it], because: hate}
    """
    FACT = "facts: {trusted: boolean}"

    def test_an_exemption_takes_out_what_it_names_and_is_named(self) -> None:
        decision = evaluate(
            record({"text.hate": 0.95}, facts={"trusted": True}), policy(self.RULES, self.FACT)
        ).decision
        assert decision.action == "label"
        assert [(rule.rule, rule.silenced_by) for rule in decision.rules] == [
            ("remove-it", "trusted"), ("mark", None), ("trusted", None),
        ]  # fmt: skip
        assert decision.rules[-1].values == {"facts.trusted": True}

    def test_an_exemption_that_does_not_hold_does_nothing(self) -> None:
        made = record({"text.hate": 0.95}, facts={"trusted": False})
        assert evaluate(made, policy(self.RULES, self.FACT)).decision.action == "remove"

    def test_an_exemption_that_nobody_can_decide_brings_a_human(self) -> None:
        outcome = evaluate(record({"text.hate": 0.95}), policy(self.RULES, self.FACT))
        assert _actions(outcome) == ("final", "review")
        assert outcome.decision.rules[0].contested_by == ("trusted",)
        assert [(left.rule, left.missing) for left in outcome.decision.undetermined] == [
            ("trusted", ("facts.trusted",))
        ]
        assert outcome.review is not None

    def test_an_undecided_exemption_does_not_touch_milder_rules(self) -> None:
        outcome = evaluate(record({"text.hate": 0.6}), policy(self.RULES.replace("[remove-it]", "[mark]"), self.FACT))
        assert _actions(outcome) == ("final", "label")

    def test_a_star_exempts_from_all_rules(self) -> None:
        rules = self.RULES.replace("[remove-it]", "'*'")
        made = record({"text.hate": 0.95}, facts={"trusted": True})
        assert evaluate(made, policy(rules, self.FACT)).decision.action == "allow"

    def test_a_pending_exemption_keeps_the_decision_provisional(self) -> None:
        rules = self.RULES.replace("facts.trusted,", "image.hate < 0.1,")
        outcome = evaluate(
            record({"text.hate": 0.95}, lanes=PICTURE), policy(rules, "lanes: {image: {if_missing: allow}}")
        )
        assert _actions(outcome) == ("provisional", "review")


class TestContradictions:
    RULES = """
    {id: remove-it, when: text.hate >= 0.9, then: remove, because: hate}
    {id: quote, when: facts.quote, then: allow, because: hate}
    {id: junk, when: text.spam >= 0.9, then: restrict, because: spam}
    """
    FACT = "facts: {quote: {type: boolean, default: false}}"

    def test_allow_and_remove_for_the_same_reason_go_to_a_human(self) -> None:
        outcome = evaluate(record({"text.hate": 0.95}, facts={"quote": True}), policy(self.RULES, self.FACT))
        assert _actions(outcome) == ("final", "review")
        assert outcome.decision.rules[0].contested_by == ("quote",)
        assert outcome.review is not None
        assert outcome.review.rules == outcome.decision.rules

    def test_a_contradiction_does_not_lower_what_another_reason_demands(self) -> None:
        made = record({"text.hate": 0.95, "text.spam": 0.95}, facts={"quote": True})
        decision = evaluate(made, policy(self.RULES, self.FACT)).decision
        assert (decision.action, decision.reasons) == ("restrict", ("spam",))

    def test_allow_for_another_reason_contradicts_nothing(self) -> None:
        made = record({"text.spam": 0.95}, facts={"quote": True})
        assert evaluate(made, policy(self.RULES, self.FACT)).decision.action == "restrict"

    def test_an_exempted_allow_rule_contradicts_nothing(self) -> None:
        rules = f"{self.RULES}\n{{id: e, when: text.spam == 0, exempt: [quote]}}"
        made = record({"text.hate": 0.95}, facts={"quote": True})
        assert evaluate(made, policy(rules, self.FACT)).decision.action == "remove"

    def test_a_contradiction_still_possible_keeps_the_decision_provisional(self) -> None:
        rules = self.RULES.replace("facts.quote", "image.hate < 0.1")
        made = record({"text.hate": 0.95}, lanes=PICTURE)
        assert _actions(evaluate(made, policy(rules))) == ("provisional", "remove")

    def test_a_contradiction_that_may_still_dissolve_keeps_the_decision_provisional(self) -> None:
        rules = f"{self.RULES}\n{{id: e, when: image.hate > 0.5, exempt: [quote]}}"
        made = record({"text.hate": 0.95}, facts={"quote": True}, lanes=PICTURE)
        assert _actions(evaluate(made, policy(rules, self.FACT))) == ("provisional", "review")


class TestLanes:
    LANES = "lanes: {image: {deadline: 30s, while_pending: hold, if_missing: review}}"

    def test_a_pending_lane_makes_a_provisional_decision_and_a_later_item(self) -> None:
        outcome = evaluate(record(lanes=PICTURE), policy(HATE_TIERS.replace(", queue: hate", ""), self.LANES))
        assert _actions(outcome) == ("provisional", "hold")
        assert outcome.decision.reasons == ("image_pending",)
        assert outcome.review is not None
        assert outcome.review.visible_from == TIME + timedelta(seconds=30)
        assert outcome.review.reasons == ("image_missing",)
        assert outcome.review.decision_id == outcome.decision.decision_id

    def test_a_decision_that_pending_lanes_cannot_change_is_final_at_once(self) -> None:
        outcome = evaluate(record({"text.hate": 0.99}, lanes=PICTURE), policy(HATE_TIERS, f"{QUEUES}\n{self.LANES}"))
        assert (_actions(outcome), outcome.review) == (("final", "remove"), None)

    def test_a_pending_rule_that_could_do_more_keeps_it_provisional(self) -> None:
        rules = "{id: r, when: text.hate > 0.9, then: restrict, because: hate}\n"
        more = "{id: s, when: image.hate > 0.9, then: remove, because: hate}"
        made = record({"text.hate": 0.99}, lanes=PICTURE)
        assert _actions(evaluate(made, policy(rules, self.LANES))) == ("final", "restrict")
        assert _actions(evaluate(made, policy(rules + more, self.LANES))) == ("provisional", "restrict")

    def test_a_failed_lane_counts_as_the_policy_says(self) -> None:
        rules = "{id: r, when: image.hate > 0.9, then: remove, because: hate}"
        outcome = evaluate(record(lanes={"text": "scored", "image": "failed"}), policy(rules, self.LANES))
        assert _actions(outcome) == ("final", "review")
        assert outcome.decision.lanes == {"text": "scored", "image": "failed: deadline"}
        assert outcome.decision.reasons == ("image_missing",)
        assert outcome.review is not None
        assert outcome.review.visible_from is None

    def test_without_a_deadline_a_lane_is_never_announced_as_missing(self) -> None:
        head = "lanes: {image: {deadline: none, if_missing: review}}"
        outcome = evaluate(record(lanes=PICTURE), policy(HATE_TIERS.replace(", queue: hate", ""), head))
        assert (_actions(outcome), outcome.review) == (("provisional", "allow"), None)

    def test_an_item_is_taken_back_when_the_later_lane_clears_the_post(self) -> None:
        made = record(lanes={"text": "scored", "image": "scored"}, signals={"image.hate": 0.0})
        outcome = evaluate(made, policy(HATE_TIERS, f"{QUEUES}\n{self.LANES}"))
        assert _actions(outcome) == ("final", "allow")
        assert outcome.review is not None
        assert outcome.review.status == "closed"
        assert outcome.review.review_id == ids.review_id("p1", 0, "live")

    def test_ids_follow_the_lanes_and_a_post_has_one_final_id(self) -> None:
        rules = policy(HATE_TIERS, QUEUES)
        first = evaluate(record(lanes=PICTURE), rules).decision
        complete = record(lanes={"text": "scored", "image": "scored"}, signals={"image.hate": 0.0})
        last = evaluate(complete, rules).decision
        early = evaluate(record({"text.hate": 1.0}, lanes=PICTURE), rules).decision
        assert (first.stage, last.stage, early.stage) == ("provisional", "final", "final")
        assert first.decision_id == ids.decision_id("p1", 0, "live", ["text"])
        assert last.decision_id == early.decision_id == ids.decision_id("p1", 0, "live", ["image", "text"])
        assert (first.supersedes, last.supersedes, early.supersedes) == (None, first.decision_id, None)
        assert first.order() < last.order()

    def test_a_backfill_is_revised_not_final(self) -> None:
        assert evaluate(record(occasion="backfill-7"), policy(HATE_TIERS, QUEUES)).decision.stage == "revised"


def test_models_are_named_for_the_signals_there_are() -> None:
    made = record()
    lane = made.lanes["text"].model_copy(update={"models": {"text.hate": "m@1", "text.unheard": "m@1"}})
    made = made.model_copy(update={"lanes": {"text": lane}})
    assert evaluate(made, policy(HATE_TIERS, QUEUES)).decision.models == {"text.hate": "m@1"}


def test_a_deleted_post_is_withdrawn_and_its_item_closed() -> None:
    rules = policy(HATE_TIERS, QUEUES)
    outcome = evaluate(record({"text.hate": 1.0}, change="deleted"), rules)
    assert _actions(outcome) == ("final", "withdrawn")
    assert outcome.review is not None
    assert outcome.review.status == "closed"
    # Also where the producer did not raise the revision: it must not look like a decision already seen.
    assert outcome.decision.decision_id != evaluate(record({"text.hate": 1.0}), rules).decision.decision_id


def test_a_verdict_becomes_a_human_decision() -> None:
    verdict = Verdict(
        verdict_id="v1",
        decision_id="d1",
        post_id="p1",
        author_id="a1",
        revision=2,
        action="restrict",
        reasons=("hate", "hate", "insult"),
        reviewer="kim",
        decided_at=TIME,
    )
    decision = human_decision(verdict)
    assert (decision.stage, decision.action, decision.revision) == ("human", "restrict", 2)
    assert decision.decision_id == ids.human_decision_id("p1", "v1")
    assert (decision.supersedes, decision.verdict_id) == ("d1", "v1")
    assert decision.reasons == ("hate", "insult")
    assert Decision.model_validate_json(decision.to_json()) == decision


def test_inline_bytes_do_not_reach_the_review_item_and_unknown_fields_do() -> None:
    media = Media(media_id="m1", kind="image", content=b"aGVsbG8=", alt="a cat")
    made = record({"text.hate": 0.7}, media=(media,), board="cats")
    review = evaluate(made, policy(HATE_TIERS, QUEUES)).review
    assert review is not None
    assert b"aGVsbG8" not in review.to_json()
    again = ReviewItem.model_validate_json(review.to_json())
    assert again.post.media[0].url is not None
    assert again.post.media[0].url.startswith("inline:sha256:")
    assert again.post.model_extra == {"board": "cats"}
    assert again.post.media[0].model_extra == {"alt": "a cat"}


def test_a_clock_at_the_end_of_time_gives_an_item_without_due_time() -> None:
    made = record({"text.hate": 0.7}, time=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    review = evaluate(made, policy(HATE_TIERS, QUEUES)).review
    assert review is not None
    assert review.due_at is None


@pytest.mark.parametrize("lanes", [{"text": "scored"}, PICTURE, {"text": "scored", "image": "failed"}])
@pytest.mark.parametrize("hate", [0.0, 0.7, 1.0])
def test_what_is_written_reads_back_the_same(lanes: dict[str, str], hate: float) -> None:
    outcome = evaluate(record({"text.hate": hate}, lanes=lanes), policy(HATE_TIERS, QUEUES))  # type: ignore[arg-type]
    events = [outcome.decision, *([outcome.review] if outcome.review else [])]
    for event in events:
        again = type(event).model_validate_json(event.to_json())
        assert again == event
        assert again.to_json() == event.to_json()
        assert list(event.__dict__) == list(type(event).model_fields)
        assert event.model_copy() == event


class TestALaneThatFailedInPart:
    """What it had found before it failed is the least that there is."""

    RULES = "{id: weapon, when: image.weapon >= 0.9, then: hold, because: weapon}"

    def test_a_rule_that_holds_for_all_there_can_be_fires(self) -> None:
        made = record({"image.weapon": 0.95}, lanes={"text": "scored", "image": "failed"})
        (rule,) = evaluate(made, policy(self.RULES)).decision.rules
        assert (rule.rule, rule.values) == ("weapon", {"image.weapon": "at least 0.95"})

    def test_a_rule_that_need_not_hold_is_undetermined(self) -> None:
        made = record({"image.weapon": 0.2}, lanes={"text": "scored", "image": "failed"})
        decision = evaluate(made, policy(self.RULES)).decision
        assert (decision.action, decision.reasons) == ("review", ("image_missing",))
        (rule,) = decision.undetermined
        assert (rule.missing, rule.values) == (("image.weapon",), {"image.weapon": "at least 0.2"})

    def test_a_match_that_was_found_stands(self) -> None:
        rules = """
        {id: known, when: 'image.bank in ["camp"]', then: remove, because: weapon}
        {id: near, when: image.bank_distance <= 4, then: label, because: weapon}
        {id: nearer, when: image.bank_distance <= 1, then: label, because: weapon}
        """
        failed: dict[LaneName, LaneState] = {"text": "scored", "image": "failed"}
        made = record(attributes={"image.bank": "camp", "image.bank_distance": 2}, lanes=failed)
        decision = evaluate(made, policy(rules)).decision
        assert (decision.action, [rule.rule for rule in decision.rules]) == ("remove", ["known", "near"])
        assert decision.rules[1].values == {"image.bank_distance": "at most 2"}
        assert [rule.rule for rule in decision.undetermined] == ["nearer"]
        assert evaluate(record(attributes={"image.bank": ""}, lanes=failed), policy(rules)).decision.action == "review"

    def test_what_was_counted_is_the_least(self) -> None:
        rules = """
        {id: codes, when: image.codes >= 1, then: hold, because: spam}
        {id: many, when: image.codes >= 3, then: remove, because: spam}
        {id: crowd, when: image.faces <= 4, then: label, because: spam}
        """
        failed: dict[LaneName, LaneState] = {"text": "scored", "image": "failed"}
        decision = evaluate(
            record(attributes={"image.codes": 2, "image.faces": 5}, lanes=failed), policy(rules)
        ).decision
        assert [(rule.rule, rule.values) for rule in decision.rules] == [("codes", {"image.codes": "at least 2"})]
        assert [rule.rule for rule in decision.undetermined] == ["many"]

    def test_of_writing_that_could_not_be_read_a_score_is_the_least(self) -> None:
        rules = """
        {id: hate, when: image.text.hate >= 0.6, then: hold, because: hate}
        {id: worse, when: image.text.hate >= 0.9, then: remove, because: hate}
        {id: weapon, when: image.weapon >= 0.5, then: remove, because: weapon}
        {id: unread, when: image.text.illegible, then: review, because: hate}
        """
        lanes: dict[LaneName, LaneState] = {"text": "scored", "image": "scored"}
        scores = {"image.text.hate": 0.7, "image.weapon": 0.1}
        made = record(scores, attributes={"image.text.illegible": True}, lanes=lanes)
        decision = evaluate(made, policy(rules)).decision
        assert [rule.rule for rule in decision.rules] == ["hate", "unread"]
        assert [(rule.rule, rule.values) for rule in decision.undetermined] == [
            ("worse", {"image.text.hate": "at least 0.7"})
        ]

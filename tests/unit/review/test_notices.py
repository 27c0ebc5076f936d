"""What authors are told of a restriction, and what the DSA's database is."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from moderation.errors import NoSuchItem, ReviewError
from moderation.policy import parse_policy
from moderation.policy.model import Policy
from moderation.review import notices, statements
from moderation.review.database import Database
from moderation.review.notices import Case, Notices
from moderation.taxonomy import DEFINITIONS
from tests.unit.review.accounted import NOW, account, answered, by_person, decided, item

POLICY = parse_policy("""
policy: community-standards
reasons:
  campaign: A picture of a campaign against people.
facts:
  reports: {type: number, default: 0}
rules:
  - id: hate-remove
    when: text.hate >= 0.9
    then: remove
    because: hate
    note: Slurs against people, where nothing says that they are quoted.
  - id: campaign
    when: image.weapon >= 0.9
    then: hold
    because: campaign
""")


@pytest.fixture
def database(sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """SQLite will do: nothing here depends on the database."""
    shutil.copy(sqlite, tmp_path / "desk.db")
    database = Database(f"sqlite:///{tmp_path}/desk.db")
    yield database
    database.close()


def policies(policy_hash: str) -> Policy | None:
    return POLICY if policy_hash == "abc" else None


def case(database: Database, decision_id: str) -> Case:
    with database.session() as session:
        return notices.case(session, decision_id, policies)


def told(found: Case) -> str:
    return str(notices.notice(found, Notices()))


def test_a_notice_says_what_was_done_why_how_and_what_can_be_done_about_it(database: Database) -> None:
    with database.session() as session:
        decided(session, "1")
        item(session, "1")
    assert told(case(database, "decision-1")) == (
        "Your comment was removed: nobody can see it any more.\n"
        "\n"
        "Why, by our community standards\n"
        "- Hate: Attacks or dehumanises people for a protected characteristic: origin, religion, sex, orientation, "
        "disability and the like.\n"
        "\n"
        "How this was decided\n"
        "- An automated system decided. No person has looked at it.\n"
        "- Slurs against people, where nothing says that they are quoted.\n"
        "\n"
        "What you can do\n"
        "- You can appeal against this decision within six months, at no cost. A person who had no part in it will "
        "look again.\n"
        "- You may also turn to a certified out-of-court dispute settlement body, or to a court.\n"
        "\n"
        "Decided on 21 November 2026 at 12:00 UTC. Reference: decision-1\n"
    )


def test_a_statement_has_the_fields_of_the_dsas_database(database: Database) -> None:
    with database.session() as session:
        decided(session, "1")
        item(session, "1")
    rules = Notices(ground_url="https://example.com/rules", territory=("NO", "DE"))
    found = statements.statement(case(database, "decision-1"), rules)
    assert found == {
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"],
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "decision_ground_reference_url": "https://example.com/rules",
        "incompatible_content_ground": "community standards",
        "incompatible_content_explanation": "Hate: Attacks or dehumanises people for a protected characteristic: "
        "origin, religion, sex, orientation, disability and the like.",
        "content_type": ["CONTENT_TYPE_TEXT"],
        "category": "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
        "category_specification": ["KEYWORD_HATE_SPEECH"],
        "content_language": "EN",
        "content_date": "2026-11-21",
        "application_date": "2026-11-21",
        "decision_facts": "An automated system decided. No person has looked at it. Slurs against people, where "
        "nothing says that they are quoted. Hate: Attacks or dehumanises people for a protected characteristic: "
        "origin, religion, sex, orientation, disability and the like.",
        "territorial_scope": ["DE", "NO"],
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "Yes",
        "automated_decision": "AUTOMATED_DECISION_FULLY",
        "puid": "decision-1",
    }
    assert statements.missing(found) == []


def test_a_statement_has_nothing_that_names_a_person_or_quotes_a_post(database: Database) -> None:
    with database.session() as session:
        decided(session, "1", author_id="ann-the-author")
        item(session, "1")
    written = str(statements.statement(case(database, "decision-1"), Notices()))
    for secret in ("ann", "post-1", "vermin", "account:"):
        assert secret not in written


def test_what_the_desk_does_not_know_is_left_out_and_named(database: Database) -> None:
    with database.session() as session:
        decided(session, "1", reasons=(), lanes={})  # no item: no person ever had to look
    found = statements.statement(case(database, "decision-1"), Notices())
    assert "content_date" not in found
    assert statements.missing(found) == ["incompatible_content_explanation", "content_type", "content_date"]
    assert found["category"] == statements.OTHER


@pytest.mark.parametrize(
    ("action", "visibility", "words"),
    [
        ("remove", "DECISION_VISIBILITY_CONTENT_REMOVED", "was removed"),
        ("restrict", "DECISION_VISIBILITY_CONTENT_DEMOTED", "shown to fewer people"),
        ("hold", "DECISION_VISIBILITY_CONTENT_DISABLED", "is held back"),
        ("label", "DECISION_VISIBILITY_CONTENT_LABELLED", "was given a warning"),
    ],
)
def test_every_restriction_has_its_words_and_its_visibility(
    database: Database, action: str, visibility: str, words: str
) -> None:
    with database.session() as session:
        decided(session, "1", action)
    found = case(database, "decision-1")
    assert statements.statement(found, Notices())["decision_visibility"] == [visibility]
    assert words in told(found)


def test_a_persons_decision_says_so_and_tells_what_had_brought_the_post_to_them(database: Database) -> None:
    with database.session() as session:
        decided(session, "1", "hold", current=False)
        account(session)
        answered(session, item(session, "1", verdict_id="verdict-1"))
        human = by_person(session, "1", supersedes="decision-1")
    found = case(database, human.decision_id)
    text = told(found)
    assert "- A person looked at it and decided.\n- An automated system had found it" in text
    assert "Slurs against people" in text
    fields = statements.statement(found, Notices())
    assert (fields["automated_detection"], fields["automated_decision"]) == ("Yes", "AUTOMATED_DECISION_NOT_AUTOMATED")
    assert fields["content_type"] == ["CONTENT_TYPE_TEXT"]


def test_a_second_verdict_still_finds_what_the_policy_had_decided(database: Database) -> None:
    with database.session() as session:
        decided(session, "1", "hold", current=False)
        first = by_person(session, "1", supersedes="decision-1", verdict="first")
        second = by_person(session, "1", "label", supersedes=first.decision_id, verdict="second")
    found = case(database, second.decision_id)
    assert found.cause is not None
    assert found.cause.decision_id == "decision-1"


def test_a_person_who_looked_without_any_rule_was_not_led_by_a_machine(database: Database) -> None:
    with database.session() as session:
        human = by_person(session, "1")
    found = case(database, human.decision_id)
    assert statements.statement(found, Notices())["automated_detection"] == "No"
    assert "An automated system" not in told(found)


def test_an_answer_that_was_taken_over_to_a_near_duplicate_says_so(database: Database) -> None:
    with database.session() as session:
        account(session)
        given = answered(session, item(session, "1"))
        item(session, "2", verdict_id="verdict-2", answer_id=given.answer_id)
        human = by_person(session, "2")
    found = case(database, human.decision_id)
    assert "A person looked at a post that is nearly the same as yours" in told(found)
    assert statements.statement(found, Notices())["automated_decision"] == "AUTOMATED_DECISION_PARTIALLY"


def test_what_a_machine_had_decided_before_a_persons_answer_was_taken_over_is_told_as_it_was(
    database: Database,
) -> None:
    with database.session() as session:
        account(session)
        decided(session, "2", "hold", current=False)
        given = answered(session, item(session, "1"))
        item(session, "2", verdict_id="verdict-2", answer_id=given.answer_id)
    assert "An automated system decided. No person has looked at it." in told(case(database, "decision-2"))


def test_reports_by_others_are_told_of(database: Database) -> None:
    rule = {"rule": "hate-remove", "action": "remove", "because": "hate", "values": {"facts.reports": 3}}
    with database.session() as session:
        decided(session, "1", rules=(rule,))
    found = case(database, "decision-1")
    assert "It had been reported to us." in told(found)
    assert statements.statement(found, Notices())["source_type"] == "SOURCE_TYPE_OTHER_NOTIFICATION"


def test_reasons_of_the_policys_own_are_told_in_its_words(database: Database) -> None:
    with database.session() as session:
        decided(session, "1", "hold", reasons=("campaign", "hate"))
    found = case(database, "decision-1")
    assert "- A picture of a campaign against people.\n- Hate: " in told(found)
    fields = statements.statement(found, Notices())
    assert (fields["category"], fields["category_addition"]) == (
        statements.OTHER, ["STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"],
    )  # fmt: skip


def test_a_policy_that_is_not_known_any_more_costs_its_notes_only(database: Database) -> None:
    with database.session() as session:
        decided(session, "1", reasons=("campaign",), policy_hash="gone")
    assert "- campaign\n" in told(case(database, "decision-1"))


def test_a_decision_that_was_replaced_says_so(database: Database) -> None:
    with database.session() as session:
        decided(session, "1", current=False)
    assert "replaced by a later one" in told(case(database, "decision-1"))


def test_there_is_no_notice_of_what_restricts_nobody(database: Database) -> None:
    with database.session() as session:
        decided(session, "1", "review")
    with pytest.raises(ReviewError, match="restricts nobody"):
        case(database, "decision-1")
    with pytest.raises(NoSuchItem, match="no decision other"):
        case(database, "other")


def test_every_category_of_harm_has_a_category_of_the_dsas_database() -> None:
    known = {
        "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH", "STATEMENT_CATEGORY_VIOLENCE", "STATEMENT_CATEGORY_SELF_HARM",
        statements.OTHER,
    }  # fmt: skip
    assert {definition.statement for definition in DEFINITIONS.values()} == known


def test_long_texts_are_cut_to_what_the_database_takes(database: Database, tmp_path: Path) -> None:
    with database.session() as session:
        decided(session, "1", reasons=tuple(f"reason {number} " + "x" * 200 for number in range(60)))
    words = tmp_path / "words"
    words.mkdir()
    (words / "en.yaml").write_text(f"why: {{ground: {'g' * 600}}}")
    fields = statements.statement(case(database, "decision-1"), Notices(words=words))
    assert len(fields["incompatible_content_ground"]) == 500
    assert len(fields["incompatible_content_explanation"]) == 2000
    assert len(fields["decision_facts"]) == 5000
    assert NOW.date().isoformat() == fields["application_date"]

"""A restriction as the DSA Transparency Database takes it: names of fields and values as in its API.

Source: the API documentation of the Commission's database, transparency.dsa.ec.europa.eu/page/api-documentation, with
the categories in force since 1 July 2025. Personal data may not stand in a statement (DSA, article 24(5)): it has no
author, no post id and no text.
"""

from typing import Any, cast

from moderation.events import LANES
from moderation.review.notices import Case, Notices, by_report, how, reasons
from moderation.taxonomy import DEFINITIONS, Category

OTHER = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
"""The category of reasons of the policy's own."""

VISIBILITY = {
    "remove": "DECISION_VISIBILITY_CONTENT_REMOVED",
    "hold": "DECISION_VISIBILITY_CONTENT_DISABLED",
    "restrict": "DECISION_VISIBILITY_CONTENT_DEMOTED",
    "label": "DECISION_VISIBILITY_CONTENT_LABELLED",
}
"""Action -> `decision_visibility`."""


def statement(found: Case, rules: Notices) -> dict[str, Any]:
    """The statement, as JSON values, in the language of the rules.

    What is not known here is left out; `missing` names what is mandatory of it.
    """
    words = rules.wording
    told = reasons(found, words)
    categories = _categories(found)
    fields: dict[str, Any] = {
        "decision_visibility": [VISIBILITY[found.decision.action]],
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "decision_ground_reference_url": rules.ground_url,
        "incompatible_content_ground": words.why.ground[:500],
        "incompatible_content_explanation": " ".join(told)[:2000] or None,
        "content_type": _content_types(found) or None,
        "category": categories[0],
        "category_addition": categories[1:] or None,
        "category_specification": _keywords(found) or None,
        "content_language": _language(found),
        "content_date": None if found.item is None else found.item.posted_at.date().isoformat(),
        "application_date": found.at.date().isoformat(),
        "decision_facts": " ".join([*how(found, words), *told])[:5000],
        "territorial_scope": sorted(rules.territory) or None,
        "source_type": "SOURCE_TYPE_OTHER_NOTIFICATION" if by_report(found) else "SOURCE_VOLUNTARY",
        "automated_detection": "Yes" if found.behind else "No",
        "automated_decision": _automation(found),
        "puid": found.decision.decision_id,
    }
    return {name: value for name, value in fields.items() if value is not None}


def category_of(reason: str) -> str:
    """The database's category of a reason."""
    return DEFINITIONS[Category(reason)].statement if reason in DEFINITIONS else OTHER


def missing(fields: dict[str, Any]) -> list[str]:
    """What the database asks for and the desk does not know: the platform must add it."""
    return [
        name
        for name in ("incompatible_content_explanation", "content_type", "content_date")
        if name not in fields
    ]  # fmt: skip


def _automation(found: Case) -> str:
    if not found.by_person:
        return "AUTOMATED_DECISION_FULLY"
    return "AUTOMATED_DECISION_PARTIALLY" if found.in_bulk else "AUTOMATED_DECISION_NOT_AUTOMATED"


def _categories(found: Case) -> list[str]:
    return list(dict.fromkeys(map(category_of, found.decision.reasons))) or [OTHER]


def _keywords(found: Case) -> list[str]:
    own = (DEFINITIONS[Category(reason)].keyword for reason in found.decision.reasons if reason in DEFINITIONS)
    return [keyword for keyword in dict.fromkeys(own) if keyword]


def _content_types(found: Case) -> list[str]:
    """Of the lanes that found anything to look at; of a person's decision, those of the one before."""
    lanes = (found.cause or found.decision).lanes
    kinds = [lane for lane in LANES if lane in lanes and lanes[lane] != "nothing_to_score"]
    if not kinds and found.item is not None:
        kinds = [cast(Any, found.item.modality)]
    return [f"CONTENT_TYPE_{kind.upper()}" for kind in kinds]


def _language(found: Case) -> str | None:
    """ISO 639-1 in capitals, as the database has it."""
    tag = found.item.language if found.item is not None else None
    code = (tag or "").partition("-")[0].upper()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None

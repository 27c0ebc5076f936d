"""The categories of harm, decided once, and their names in other vocabularies."""

from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """What a post may be accused of. The value is the name used in signals, policies and reasons."""

    TOXICITY = "toxicity"
    HATE = "hate"
    INSULT = "insult"
    THREAT = "threat"
    OBSCENITY = "obscenity"
    SPAM = "spam"
    SEXUAL = "sexual"
    SELF_HARM = "self_harm"
    WEAPON = "weapon"


@dataclass(frozen=True, slots=True)
class Definition:
    """One category as a policy author or a reviewer reads it.

    `perspective` is the attribute of Google's Perspective API that measures the same, or the nearest;
    `jigsaw` the label of the Jigsaw toxic comment data; None where there is no counterpart. `statement` is the
    category of the DSA Transparency Database, `keyword` its narrower `category_specification`; both as of the API of
    July 2025 (transparency.dsa.ec.europa.eu/page/api-documentation).
    """

    title: str
    meaning: str
    perspective: str | None = None
    jigsaw: str | None = None
    statement: str = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
    keyword: str | None = None


DEFINITIONS: dict[Category, Definition] = {
    Category.TOXICITY: Definition(
        "Toxicity",
        "Rude, disrespectful or likely to make people leave a conversation.",
        perspective="TOXICITY",
        jigsaw="toxic",
        statement="STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
    ),
    Category.HATE: Definition(
        "Hate",
        "Attacks or dehumanises people for a protected characteristic: origin, religion, sex, "
        "orientation, disability and the like.",
        perspective="IDENTITY_ATTACK",
        jigsaw="identity_hate",
        statement="STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
        keyword="KEYWORD_HATE_SPEECH",
    ),
    Category.INSULT: Definition(
        "Insult",
        "Insulting or inflammatory towards a person or a group.",
        perspective="INSULT",
        jigsaw="insult",
        statement="STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
    ),
    Category.THREAT: Definition(
        "Threat",
        "Announces, wishes or calls for violence or harm.",
        perspective="THREAT",
        jigsaw="threat",
        statement="STATEMENT_CATEGORY_VIOLENCE",
    ),
    Category.OBSCENITY: Definition(
        "Obscenity",
        "Swear words, obscene or vulgar language.",
        perspective="PROFANITY",
        jigsaw="obscene",
    ),
    Category.SPAM: Definition(
        "Spam",
        "Unwanted advertising, scams, phishing, link farms.",
        perspective="SPAM",
    ),
    Category.SEXUAL: Definition(
        "Sexual content",
        "Sexual acts or nudity. No model shipped here detects it: add one from a hub.",
        perspective="SEXUALLY_EXPLICIT",
        keyword="KEYWORD_ADULT_SEXUAL_MATERIAL",
    ),
    Category.SELF_HARM: Definition(
        "Self-harm",
        "Suicide or self-injury. No model shipped here detects it: add one from a hub.",
        statement="STATEMENT_CATEGORY_SELF_HARM",
    ),
    Category.WEAPON: Definition(
        "Weapons",
        "Fire-arms and other weapons shown in pictures.",
        statement="STATEMENT_CATEGORY_VIOLENCE",
    ),
}

TEXT_CATEGORIES = (
    Category.TOXICITY,
    Category.HATE,
    Category.INSULT,
    Category.THREAT,
    Category.OBSCENITY,
    Category.SPAM,
)
"""What the shipped text model scores, in the order of its outputs."""

LEXICON_CATEGORIES = (Category.HATE, Category.INSULT, Category.OBSCENITY, Category.SEXUAL)
"""What the lists of terms know. A threat is a sentence, seldom a word: they have none."""

PICTURE_CATEGORIES = (Category.WEAPON, Category.SEXUAL)
"""What picture models score: the shipped one weapons; sexual content with a model from a hub."""

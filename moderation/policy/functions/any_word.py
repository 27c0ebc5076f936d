"""`any_word`"""

from moderation.policy.functions.base import TextFunction
from moderation.policy.wording import Terms, word_refused

FUNCTION = TextFunction(
    "any_word",
    "boolean",
    finder=lambda terms: Terms(terms).any_in,
    refused=word_refused,
    meaning="whether the text has one of the words or phrases of a list",
)

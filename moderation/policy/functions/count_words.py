"""`count_words`"""

from moderation.policy.functions.base import TextFunction
from moderation.policy.wording import Terms, word_refused

FUNCTION = TextFunction(
    "count_words",
    "number",
    finder=lambda terms: Terms(terms).count_in,
    refused=word_refused,
    meaning="how many times the text has one of the words or phrases of a list",
)

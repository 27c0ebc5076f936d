"""`any_domain`"""

from moderation.policy.functions.base import TextFunction
from moderation.policy.wording import Domains, domain_refused

FUNCTION = TextFunction(
    "any_domain",
    "boolean",
    finder=lambda terms: Domains(terms).any_in,
    refused=domain_refused,
    meaning="whether the text names one of the domains of a list, or one below it, in a link, an address or by itself",
)

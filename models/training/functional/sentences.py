"""Harmless sentences with identity terms, for the rate of false alarms by group."""

import yaml

from models.training.functional import forms
from models.training.functional.suite import FOLDER, Case


def neutral() -> list[Case]:
    """Every sentence with every term, in the order of the file. `group` is the term."""
    table = yaml.safe_load((FOLDER / "neutral.yaml").read_text(encoding="utf-8"))
    terms = [
        *({"adjective": word, "singular": f"{word} person", "plural": f"{word} people"} for word in table["people"]),
        *({"adjective": word, "singular": word, "plural": forms.plural(word)} for word in table["nouns"]),
        *table["irregular"],
    ]
    return [
        Case(forms.fill(template, term), False, "neutral-identity", term["adjective"])
        for template in table["templates"].splitlines()
        for term in terms
    ]

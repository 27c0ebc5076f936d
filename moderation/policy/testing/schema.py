"""The JSON Schema of a file of tests, for completion and hover help in editors: what the reader's own model says."""

import json
from typing import Any

from moderation.policy.testing.suite import CONTENT, SuiteFile
from moderation.signals import SIGNALS

_MEANINGS = {
    "SuiteFile": {
        "policy": "The policy, from this file's folder. That of the same name, one folder up, when you say nothing.",
        "given": "Values that hold for every test, by name.",
        "tests": "The tests.",
    },
    "Case": {
        "name": "What it is about.",
        "given": "Values by name: scores, facts, post.surface, post.text, ... A score that is not given is 0.",
        "unknown": "Names that have no value, although given for all tests, or scores.",
        "lanes": "The state of lanes, such as {image: pending}.",
        "post": "A post, such as {text: You there., surface: message}: the models of the settings score its text.",
        "breakers": "Breakers that are open. All are closed when you say nothing.",
        "expect": "What must come of it; what you leave out may be anything.",
    },
    "Expected": {
        "action": "The action of the decision.",
        "stage": "Whether the decision is provisional or final.",
        "reasons": "All reasons of the decision, in any order.",
        "fired": "Rules and exemptions that must be among those that fired.",
        "not_fired": "Rules and exemptions that must not be among those that fired.",
        "silenced": "Rules that an exemption must have taken out.",
        "undetermined": "All rules that could not be decided, in any order.",
        "queue": "The queue of the review item.",
    },
}


def suite_schema() -> str:
    """The schema as it stands in `docs/schemas/policy.tests.schema.json`."""
    found: dict[str, Any] = SuiteFile.model_json_schema()
    parts = {"SuiteFile": found, **found["$defs"]}
    for part, meanings in _MEANINGS.items():
        own = parts[part]
        del own["title"]
        for key, meaning in meanings.items():
            own["properties"][key].pop("title", None)
            own["properties"][key]["description"] = meaning
        if "given" in own["properties"]:
            own["properties"]["given"]["properties"] = _values()
    head = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "policy.tests.schema.json",
        "title": "Tests of a moderation policy",
    }
    return json.dumps(head | found, indent=2, ensure_ascii=False) + "\n"


def _values() -> dict[str, Any]:
    """What an editor offers of the names that a test may give a value."""
    return {name: {"description": signal.meaning} for name, signal in SIGNALS.items()} | {
        CONTENT: {"description": "What the post says, for functions that look through it."}
    }

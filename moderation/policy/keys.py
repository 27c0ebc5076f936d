"""The keys of a policy file, each declared once: the reader knows them, the JSON Schema shows what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass

from moderation.events import Action


@dataclass(frozen=True, slots=True)
class Keys:
    """The fixed keys of one kind of mapping. `what` names it in messages; `meanings` is key -> what it says."""

    what: str
    meanings: Mapping[str, str]
    required: tuple[str, ...] = ()


SECTIONS = Keys(
    "a policy",
    {
        "policy": "The name of the policy. It stands in every decision.",
        "description": "What the policy is for. Changes nothing.",
        "include": "Files whose sections are added to this one's: relative paths, in this folder or below.",
        "lanes": "What happens while a lane (text, image, video) has not reported, and when it never does.",
        "queues": "Where review work goes, how soon it is due and how urgent it is. 'default' is always there.",
        "reasons": "Reasons of your own beside the categories, each with its meaning.",
        "facts": "What the platform sends with a post. Conditions write facts.NAME.",
        "lists": "Lists of texts: for 'in', and for functions that look through the text of a post.",
        "signals": "Signals of your own, made of others: rules, reviewers and explanations see them like any other.",
        "thresholds": "Names for numbers, signal by signal: conditions write text.hate >= high.",
        "strikes": "Which decisions count against an author, reason by reason. Conditions look at author.strikes.",
        "evidence": "Judged posts, signal by signal: conditions write precision(text.hate) >= 0.98.",
        "breakers": "Quotas. When one is reached, what it guards goes to a human for a while, instead of being done.",
        "audit": "A share of all posts that a human looks at by chance: what the rules miss is seen there.",
        "rules": "The rules. When several hold, the most severe action wins; their order does not matter.",
    },
    ("policy", "rules"),
)

INCLUDED = Keys(
    "an included file",
    {key: meaning for key, meaning in SECTIONS.meanings.items() if key not in ("policy", "lanes", "audit")},
)
"""What stands in a file that a policy includes: all but what there is one of."""

LEVELS = Keys(
    "thresholds of a signal",
    {
        "low": "From here on it is worth a thought.",
        "moderate": "From here on it is more likely than not.",
        "high": "From here on it is nearly sure.",
    },
)

EVIDENCE = Keys(
    "evidence",
    {
        "from": "A file of judged posts: .parquet, .jsonl or .csv; or the evaluation.json of a model.",
        "score": "The column with the scores. The name of the signal, or 'score', when you say nothing.",
        "label": "The column that says whether the score is right. 'label', or 'label.reasons' of a history.",
        "category": "Where the label is a word: the one that counts. The last part of the signal when you say nothing.",
        "weight": "The column that says how many posts an example stands for. 'weight', if there is one.",
        "probability": "The column with the chance at which a post was picked for judging. 'sampling_probability'.",
        "model": "Which model gave the scores, such as text-minilm@2. The column 'model', if there is one.",
        "set": "Of an evaluation.json: the set of texts.",
        "prevalence": "The share of your posts that are what the signal looks for, where the evidence has another.",
        "confidence": "How sure the precision must be. 0.95 when you say nothing.",
        "resolved": "The thresholds that came of it: in a published policy, in place of all the others.",
    },
)

RESOLVED = Keys(
    "a resolved threshold",
    {
        "precision": "The precision asked for.",
        "threshold": "From here on it is reached.",
        "confidence": "How sure that is.",
        "examples": "Judged posts in the file.",
        "positives": "Those of them that are what the signal looks for.",
        "above": "Examples at or above the threshold.",
        "right": "Those of them that are what the signal looks for.",
        "observed": "The precision among them.",
        "at_least": "The precision that they show with that confidence.",
        "recall": "The share of what the signal looks for that lies above.",
        "prevalence": "The share of all posts that was taken for it.",
        "weighted": "Whether examples stand for different numbers of posts.",
        "models": "Which models gave the scores.",
        "file": "The file, from the policy's folder.",
        "sha256": "Of the file.",
    },
    (
        *("precision", "threshold", "confidence", "examples", "positives", "above", "right"),
        *("observed", "at_least", "recall", "weighted", "file", "sha256"),
    ),
)

LIST = Keys(
    "a list",
    {
        "from": "Files with one term per line; a line that starts with '# ' is a comment.",
        "lines": "The terms themselves, one per line.",
    },
)

LANE = Keys(
    "a lane",
    {
        "deadline": "After this time, counted from the post, the lane counts as late: 500ms, 10s, 3m, 2h, 1d; or none.",
        "while_pending": "The least that happens while the lane is at work.",
        "if_missing": "The least that happens when the lane has failed or is late.",
    },
)

STRIKE = Keys(
    "a strike",
    {
        "weight": "How much it counts: above 0, at most 1000. 1 when you say nothing.",
        "expires": "How long it counts, from the time of the post: 30d, 12h. 90d when you say nothing, at most 400d.",
        "for": "The actions that give it. [remove] when you say nothing.",
    },
)

QUEUE = Keys(
    "a queue",
    {
        "due": "When the work is due, counted from the post: 1h, 2d; or none. 24h when you say nothing.",
        "priority": "A factor above 0, at most 1000: 2 is twice as urgent as 1.",
        "description": "What the queue is for. Changes nothing.",
    },
)

FACT = Keys(
    "a fact",
    {
        "type": "What it holds: a number, a string (a text) or a boolean (true or false).",
        "default": "Its value on posts that do not bring it. Without a default it is unknown there.",
        "description": "What it means. Changes nothing.",
    },
    ("type",),
)

RULE = Keys(
    "a rule",
    {
        "id": "The name of the rule. It stands in every decision that the rule has a part in: keep it.",
        "when": "The condition.",
        "then": "The action.",
        "because": "The reason: a category, or one that is declared under reasons.",
        "queue": "For review: the queue that a human's work goes to.",
        "priority": "For review: a factor above 0, at most 1000; 2 is twice as urgent as 1.",
        "note": "Anything you want to tell other authors. Changes nothing.",
        "variants": "Other forms of the rule for some posts. The first whose 'for' holds takes the rule's place.",
    },
    ("id", "when", "then", "because"),
)

VARIANT = Keys(
    "a variant",
    {
        "name": "The name of the variant: decisions call it RULE/NAME.",
        "for": "A condition that says for which posts it takes the rule's place.",
        "when": "Its condition, in place of the rule's.",
        "then": "Its action, in place of the rule's.",
        "because": "Its reason, in place of the rule's.",
        "queue": "Its queue, in place of the rule's.",
        "priority": "Its priority, in place of the rule's.",
        "note": "Anything you want to tell other authors. Changes nothing.",
    },
    ("name", "for"),
)

EXEMPTION = Keys(
    "an exempt rule",
    {
        "id": "The name of the rule. It stands in every decision that the rule has a part in: keep it.",
        "when": "The condition.",
        "exempt": "The ids of the rules that it takes out when its condition holds, or '*' for all.",
        "because": "A reason, for those who read the decision.",
        "note": "Anything you want to tell other authors. Changes nothing.",
    },
    ("id", "when", "exempt"),
)

BREAKER = Keys(
    "a breaker",
    {
        "action": "The actions that it guards: one, or a list. Counts the posts on which one was taken.",
        "rule": "The rules that it guards, with their variants: one, or a list. Counts the posts on which one acted.",
        "per_minute": "At most so many posts a minute.",
        "per_day": "At most so many posts a day.",
        "share": "At most this part of all posts that are decided.",
        "cool_down": "For how long it stays open, at least: 1m to 1d. 10m when you say nothing.",
        "note": "Anything you want to tell other authors. Changes nothing.",
    },
)

SHARE = Keys(
    "a share",
    {
        "of": "The part of the posts: 2%, or 0.02.",
        "within": "The time over which posts are counted: 1m to 1d.",
        "at_least": "With fewer posts than this in that time, the share means nothing. 100 when you say nothing.",
    },
    ("of", "within"),
)

AUDIT = Keys(
    "an audit",
    {
        "share": "The part of the posts: 0.1%, or 0.001. Drawn by chance, whatever is decided on them.",
        "queue": "The queue that they go to. 'default' when you say nothing.",
    },
    ("share",),
)

ACTIONS: dict[Action, str] = {
    "allow": "Nothing happens.",
    "label": "It stays up, with a warning for readers.",
    "review": "It stays up, and a human looks at it.",
    "hold": "Nobody sees it until a human has decided.",
    "restrict": "It stays, but spreads less: not recommended, not notified, as the platform does it.",
    "remove": "Nobody sees the post any more.",
}
"""Action -> what it means to authors."""

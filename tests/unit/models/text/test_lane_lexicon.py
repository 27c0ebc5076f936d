"""The lexicon's part in the text lane: signals and evidence of each post, whatever the model does."""

from collections.abc import Callable
from pathlib import Path

from models.stub import Stub
from models.text import text_lane
from models.text.lane import TextLane
from models.text.scorer import Scorer
from moderation.events import Scored
from moderation.settings import Settings
from tests.unit.models.text.lanes import Counting, record, score


def test_the_lexicon_finds_its_terms_also_where_the_model_fails(make_model: Callable[..., Path]) -> None:
    lane = text_lane(Settings(text_model=str(make_model(forbidden="kill")), sessions=1))
    [scored] = score(lane, [record("kill you, faggot")])
    assert scored.lanes["text"].state == "failed"
    assert scored.signals["text.lexicon.hate"] == 0.95
    assert scored.lanes["text"].models["text.lexicon.hate"] == lane.scorer.lexicon.name
    assert [(each.label, each.start, each.end) for each in scored.lanes["text"].evidence] == [("en:faggot", 10, 16)]
    assert Scored.model_validate_json(scored.to_json()) == scored


def test_the_lexicon_says_where_its_terms_stand_in_each_post_though_the_model_reads_both_as_one() -> None:
    counting = Counting()
    plain, disguised = score(
        TextLane(Scorer(counting)), [record("you wanker"), record("  you w\u200banker", revision=1)]
    )
    assert sum(counting.runs.values()) == 1
    assert plain.signals == disguised.signals
    places = [[(each.start, each.end) for each in scored.lanes["text"].evidence] for scored in (plain, disguised)]
    assert places == [[(4, 10)] * 2, [(6, 13)] * 2]


def test_the_language_that_the_platform_declared_picks_the_list_where_none_was_identified() -> None:
    plain, declared = score(TextLane(Scorer(Stub())), [record("fag"), record("fag", language="en-US")])
    assert plain.attributes["text.language"] == declared.attributes["text.language"] == "und"
    assert plain.signals["text.lexicon.hate"] == 0.0
    assert declared.signals["text.lexicon.hate"] == 0.9


def test_an_operators_own_lexicon_is_used_and_named(tmp_path: Path) -> None:
    head = "term\tcategories\tseverity\tscope\tforms\texceptions\tsources\n"
    (tmp_path / "en.tsv").write_text(head + "glorp\tinsult\t0.4\tany\t\t\tours\n")
    lane = text_lane(Settings(text_model="stub", lexicons=tmp_path))
    [scored] = score(lane, [record("you glorp, you wanker")])
    assert scored.signals["text.lexicon.insult"] == 0.4
    assert scored.lanes["text"].models["text.lexicon.insult"] == lane.scorer.lexicon.name

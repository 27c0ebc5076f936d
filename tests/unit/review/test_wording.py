"""The words of notices: every language says everything, fills in the same, and operators' mistakes are told."""

import re
from pathlib import Path

import pytest

from moderation.errors import ConfigurationError
from moderation.events import LANES
from moderation.policy import load_policy
from moderation.review import wording
from moderation.review.notices import RESTRICTIONS, Notices, notice
from moderation.review.rules import SHIPPED, load, parse
from moderation.review.wording import FALLBACK, languages
from moderation.taxonomy import Category
from tests.unit.review.accounted import NOW
from tests.unit.review.cases import case

ROOT = Path(__file__).parents[3]
GOLDEN = Path(__file__).parent / "golden" / "notices"
TAGS = sorted(languages())


def own(folder: Path, **files: str) -> Path:
    words = folder / "words"
    words.mkdir(exist_ok=True)
    for name, text in files.items():
        (words / f"{name.replace('_', '-')}.yaml").write_text(text, encoding="utf-8")
    return words


def refused(folder: Path, **files: str) -> str:
    words = own(folder, **files)
    with pytest.raises(ConfigurationError) as caught:
        languages(words)
    return str(caught.value).replace(words.as_posix() + "/", "")


def golden(name: str) -> str:
    return (GOLDEN.parent / "words" / f"{name}.txt").read_text(encoding="utf-8")


def test_an_empty_file_of_words_is_a_mistake_as_it_may_have_been_cut_off(tmp_path: Path) -> None:
    assert refused(tmp_path, de="").startswith("de.yaml:1:1: the file is empty")


@pytest.mark.parametrize("tag", TAGS)
def test_every_language_has_every_sentence_with_the_same_names_to_fill_in(tag: str) -> None:
    assert list(wording.mistakes(languages()[tag], languages()[FALLBACK])) == []


@pytest.mark.parametrize("tag", TAGS)
def test_every_language_has_words_for_each_action_category_and_reason_of_the_machine(tag: str) -> None:
    words = languages()[tag]
    assert all(getattr(words.actions, action) for action in RESTRICTIONS)
    assert all(words.category(category).title and words.category(category).meaning for category in Category)
    assert set(words.reasons) >= {f"{lane}_{state}" for lane in LANES for state in ("pending", "missing")}
    assert len(words.end.months) == 12


@pytest.mark.parametrize("tag", TAGS)
def test_no_language_says_anything_in_the_words_of_another(tag: str) -> None:
    """A sentence that was copied and not translated would be the same; names of things may be."""
    words, complete = (dict(wording.sentences(languages()[each])) for each in (tag, FALLBACK))
    same = {place for place, text in words.items() if complete.get(place) == text and len(text.split()) > 3}
    assert tag == FALLBACK or same <= {("end", "date")}


def test_the_shipped_policys_own_reasons_and_notes_have_words_in_every_shipped_language() -> None:
    policy = load_policy(ROOT / "policies" / "community-standards.yaml")
    notices = load(ROOT / SHIPPED).notices
    for tag, words in notices.languages.items():
        if tag != FALLBACK:  # the language that the policy is written in
            assert words.reasons.keys() >= policy.reasons.keys(), tag
            assert words.notes.keys() == {rule.id for rule in policy.rules if rule.note}, tag


def told(tag: str) -> str:
    """Notices of all kinds in one language."""
    machine = Notices(ground_url="https://example.com/rules")
    written = [
        notice(case("remove", ("hate", "threat"), by="machine"), machine, tag),
        notice(case("hold", ("video_pending", "a reason without words"), current=False), Notices(), tag),
        notice(case("label", ("obscenity",), by="person", surface="reply", reports=2), Notices(), tag),
        notice(case("restrict", (), by="copy", surface="story", at=NOW.replace(day=1, hour=1)), Notices(), tag),
    ]
    assert {each.language for each in written} == {tag}
    return "\n----\n\n".join(map(str, written))


@pytest.mark.parametrize("tag", TAGS)
def test_a_notice_reads_as_it_should_in_each_language(tag: str) -> None:
    """`python -m tests.unit.review.test_wording` writes these anew."""
    assert told(tag) == (GOLDEN / f"{tag}.txt").read_text(encoding="utf-8")


def test_the_language_is_the_one_asked_for_then_the_posts_then_the_rules_then_english() -> None:
    french = case("remove", ("hate",), language="fr-CA")
    rules = Notices(language="de")
    assert notice(french, rules, "es-MX").language == "es"
    assert notice(french, rules, "ES_es").language == "es"
    assert notice(french, rules, "fi").language == "fr"
    assert notice(french, rules).language == "fr"
    assert notice(case("remove", ("hate",), language="und"), rules).language == "de"
    assert notice(case("remove", ("hate",), has_item=False), rules).language == "de"
    assert notice(case("remove", ("hate",), has_item=False), Notices(), "\0/../x").language == FALLBACK


def test_words_of_the_policys_own_reasons_and_notes_are_translated_where_there_are_any(tmp_path: Path) -> None:
    words = own(tmp_path, de="reasons: {campaign: Eine Kampagne.}\nnotes: {hate-remove: Nur klare Fälle.}")
    found = case("remove", ("campaign", "other"), by="machine")
    german = str(notice(found, Notices(words=words), "de"))
    assert "- Eine Kampagne.\n- Not wanted here.\n" in german
    assert "Nur klare Fälle." in german
    assert "- A picture of a campaign.\n" in str(notice(found, Notices(words=words), "en"))


def test_a_file_changes_what_it_has_and_a_dialect_begins_with_its_language(tmp_path: Path) -> None:
    words = own(
        tmp_path,
        de="why: {ground: Hausordnung}",
        de_AT="end: {months: [Jänner, Feber, März, April, Mai, Juni, Juli, August, September, Oktober, Nov., Dez.]}",
    )
    found = languages(words)
    assert found["de"].why.ground == found["de-AT"].why.ground == "Hausordnung"
    assert found["de"].why.title == languages()["de"].why.title
    assert found["de-AT"].end.months[0] == "Jänner"
    assert found.chosen("de-at") == "de-AT"
    assert found.chosen("de-CH") == "de"


def test_a_new_language_needs_everything(tmp_path: Path) -> None:
    shipped = (wording.SHIPPED / "en.yaml").read_text(encoding="utf-8")
    assert "nl" in languages(own(tmp_path, nl=shipped))
    lines = [line for line in shipped.splitlines() if "reported:" not in line]
    other = tmp_path / "other"
    other.mkdir()
    assert "how.reported has no words" in refused(other, nl="\n".join(lines))


def test_mistakes_in_words_are_told_with_their_place_and_what_was_probably_meant(tmp_path: Path) -> None:
    source = """\
surface: {post: Ihr Post}
actions:
  remove: "{surfce} wurde entfernt."
  hold: "{surface} wartet"
categories: {hat: {title: Hass}}
why: {title: "Warum, {ground"}
next:
  appeal: |
    Eins.
    Zwei.
"""
    assert refused(tmp_path, de=source) + "\n" == golden("unknown")
    mended = source.replace("surface: {post", "surfaces: {post").replace("{hat:", "{hate:")
    assert refused(tmp_path, de=mended) + "\n" == golden("wrong")


def test_a_file_that_is_called_after_no_language_is_refused(tmp_path: Path) -> None:
    assert "no language is called 'german.yaml'" in refused(tmp_path, german="language: Deutsch")


def test_a_file_that_is_called_after_a_language_in_other_letters_is_refused(tmp_path: Path) -> None:
    said = refused(tmp_path, DE="why: {ground: Hausordnung}")
    assert "'DE' is 'de' in other letters" in said
    assert "call it de.yaml" in said


def test_rules_that_name_words_or_a_language_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"rules:1:19: there is no folder .*/nothing"):
        parse("notices: { words: nothing }", "rules", tmp_path)
    with pytest.raises(ConfigurationError, match=re.escape("no words in language 'dee'\n")) as caught:
        parse("notices: {language: dee}", "rules")
    assert "did you mean 'de'?  there are: de, en, es, fr" in str(caught.value)


def test_words_are_those_that_were_read_with_the_rules_and_others_make_other_rules(tmp_path: Path) -> None:
    own(tmp_path, de="why: {ground: Eins}")
    first = parse("notices: {words: words}", "rules", tmp_path)
    assert parse("notices: {words: words}", "rules", tmp_path) == first
    own(tmp_path, de="why: {ground: Zwei}")
    assert first.notices.languages["de"].why.ground == "Eins"
    second = parse("notices: {words: words}", "rules", tmp_path)
    assert (second == first, second.notices.languages["de"].why.ground) == (False, "Zwei")


def test_what_is_filled_in_is_not_filled_in_again() -> None:
    assert wording.fill("{a} and {b}", a="{b}", b="{a}") == "{b} and {a}"


def test_the_shipped_rules_find_their_words_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "known_picture" in load(ROOT / SHIPPED).notices.languages["de"].reasons


def test_the_page_shows_words_that_can_be_read_and_every_key(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "desk.md").read_text(encoding="utf-8")
    example = page.partition("### Notices in other languages")[2].partition("```yaml\n")[2].partition("```")[0]
    assert languages(own(tmp_path, de=example))["de"].surfaces["story"] == "Ihre Story"
    for name, field in Notices.model_fields.items():
        default = f"`{field.default}`" if isinstance(field.default, str) else ""
        assert f"| `{name}` | {default}{' ' * bool(default)}| {field.description} |" in page


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for each in TAGS:
        (GOLDEN / f"{each}.txt").write_text(told(each), encoding="utf-8")

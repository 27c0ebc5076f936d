"""The shipped lists: what they find in which language, and what they leave alone."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.text.language import languages
from models.text.lexicon import SIGNALS, Lexicon, Term, load, shipped
from models.text.lexicon.lexicon import SHIPPED
from models.text.lexicon.terms import Scope
from models.text.normalise import normalise
from moderation.errors import ConfigurationError
from moderation.taxonomy import Category

GOLDEN = {
    "ar": ("يا ابن الشرموطة انت", "ar:ابن الشرموطة"),
    "cs": ("ty jsi ale kokot, viď", "cs:kokot*"),
    "da": ("hold kæft din luder", "da:luder"),
    "de": ("So ein Arschloch, wirklich.", "de:arschloch"),
    "en": ("What a wanker!", "en:wanker"),
    "eo": ("iru fiki, stultulo", "eo:fiki"),
    "es": ("eres un hijo de puta", "es:hijo de puta"),
    "fa": ("برو کسکش", "fa:کسکش"),
    "fi": ("haista vittu nyt", "fi:haista vittu"),
    "fil": ("putang ina mo talaga", "fil:putang ina mo"),
    "fr": ("Ferme-la, connard.", "fr:connard"),
    "fr-CA": ("tabarnak, il neige encore", "fr-CA:tabarnak"),
    "hi": ("तू चूतिया है", "hi:चूतिया"),
    "hu": ("te hülye faszfej", "hu:faszfej"),
    "it": ("sei proprio uno stronzo", "it:stronzo"),
    "ja": ("このクソ野郎が", "ja:クソ野郎"),
    "kab": ("aḥeččun nni", "kab:aḥeččun"),
    "ko": ("야 이 개새끼야", "ko:개새끼*"),
    "nl": ("wat een klootzak ben jij", "nl:klootzak"),
    "no": ("du er en drittsekk", "no:drittsekk"),
    "pl": ("ty skurwysynu jeden", "pl:skurwysyn*"),
    "pt": ("vai tomar no cu", "pt:vai tomar no cu"),
    "ru": ("ты просто мудак", "ru:мудак*"),
    "sv": ("din jävla blatte", "sv:blatte"),
    "th": ("ไอ้สัตว์ ไปไกลๆ", "th:ไอ้สัตว์"),
    "tlh": ("Qu'vatlh!", "tlh:qu'vatlh"),
    "tr": ("seni orospu çocuğu", "tr:orospu çocuğu"),
    "zh": ("你这个王八蛋", "zh:王八蛋"),
}
HARMLESS = [
    word
    for line in (
        "class classic assassin assess assume embassy passage grass Essex Sussex Middlesex Scunthorpe Penistone",
        "cockpit cockatoo peacock cocktail shiitake therapist arsenal sauerkraut analysis canal manuscript",
        "title titanic constitution button buttress rebuttal circumstances document accumulate cumulus raccoon",
        "Dickens dictionary suspicious conspicuous spice Pakistan snigger niggardly Japan japanese swank grape",
        "hello shell scrap homogeneous homeowner basement semiconductor advertisement tycoon",
    )
    for word in line.split()
]


def found(text: str, language: str | None = None) -> list[str]:
    text = normalise(text)
    return [term.label for term in shipped().find(text, language or languages([text])[0])]


def test_every_language_has_an_example_here() -> None:
    assert set(GOLDEN) == {path.stem for path in SHIPPED.glob("*.tsv")}
    assert len(GOLDEN) == 28


@pytest.mark.parametrize("language", GOLDEN)
def test_a_term_is_found_in_its_language(language: str) -> None:
    text, label = GOLDEN[language]
    assert label in found(text, language)


@settings(deadline=None)
@given(st.lists(st.sampled_from(HARMLESS), min_size=1, max_size=8), st.sampled_from([" ", ", ", "-", ". "]))
def test_a_term_inside_a_longer_word_is_not_found(words: list[str], separator: str) -> None:
    assert found(separator.join(words), "en") == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("no", "Nytt fag på skolen, og en ny dag"),
        ("sv", "Filmen tar slut nu, till slut"),
        ("de", "Das Brett ist dick und die Katze auch"),
        ("es", "El vestido negro es bonito"),
        ("fr", "Le train est en retard"),
        ("sv", "Vi var på Lund universitet och lagade sås"),
        ("fa", "هیچ کس نیامد"),
        ("ja", "ホモサピエンスとぶっかけうどん"),
        ("zh", "妈妈的生日和姨妈的猫"),
        ("ko", "서울역은 시발역이다"),
        ("en", "She graduated magna cum laude, and read Moby Dick to her Maine coon."),
        ("en", "A chink in the armor; spic and span; Homo sapiens; tit for tat; a blue tit."),
        ("en", "We sell a white power cable."),
    ],
)
def test_an_ordinary_word_is_no_term_though_it_is_one_elsewhere(language: str, text: str) -> None:
    assert found(text, language) == []


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("you are a FUCKING fool", "en:fucking"),
        ("f.u.c.k you all", "en:fuck you"),
        ("fuuuuuuck that", "en:fuck"),
        ("what the f*ck is this", "en:fuck"),
        ("a load of sh1t", "en:shit"),
        ("you ni\u200bgger", "en:nigger"),
        ("you fаggоt", "en:faggot"),  # Cyrillic а and о
        ("a she-male", "en:she male"),
        ("those faggots", "en:faggot"),
        ("他fuck你", "en:fuck"),
        ("🖕", "en:🖕"),
        ("such a maricon", "es:maricón"),
        ("du hurensohn", "de:hurensohn"),
    ],
)
def test_a_term_is_found_in_disguise_and_in_its_other_forms(text: str, label: str) -> None:
    assert label in found(text)


def test_only_terms_without_a_meaning_elsewhere_count_where_the_language_is_unknown() -> None:
    scopes = {term.label: term.scope for term in shipped().find("you fag and wanker and motherfucker", "en")}
    assert scopes == {"en:fag": Scope.LANGUAGE, "en:wanker": Scope.UNIDENTIFIED, "en:motherfucker": Scope.ANY}
    assert found("you fag and wanker and motherfucker", "und") == ["en:motherfucker", "en:wanker"]
    assert found("you fag and wanker and motherfucker", "no") == ["en:motherfucker"]
    assert found("you fag and wanker and motherfucker", "xx") == ["en:motherfucker"]


def test_a_list_serves_the_dialects_and_regions_of_its_language() -> None:
    for language in ("no", "nb", "nn", "nb-NO"):
        assert found("du er en sotrør", language) == ["no:sotrør"]
    assert found("osti", "fr") == found("osti", "fr-CA") == ["fr-CA:osti"]


def test_signals_are_the_worst_severity_of_each_category() -> None:
    lexicon = shipped()
    terms = lexicon.find("damn, you nigger, you fucking fuckhead", "en")
    worst = lexicon.signals(terms, "en")
    assert worst == {
        "text.lexicon.hate": 1.0,
        "text.lexicon.insult": 0.75,
        "text.lexicon.obscenity": 0.75,
        "text.lexicon.sexual": 0.0,
    }
    assert [term.severity for term in terms] == sorted((term.severity for term in terms), reverse=True)


def test_finding_nothing_says_nothing_where_no_list_knows_the_language() -> None:
    lexicon = shipped()
    assert set(lexicon.signals((), "no")) == set(lexicon.signals((), "und")) == set(SIGNALS.values())
    assert lexicon.signals((), "el") == {}
    assert lexicon.signals(lexicon.find("motherfucker", "el"), "el").keys() == {
        "text.lexicon.insult",
        "text.lexicon.obscenity",
    }


WORDS = [
    "cum",
    "laude",
    "fuck",
    "you",
    "off",
    "son",
    "of",
    "a",
    "bitch",
    "ass",
    "class",
    "spic",
    "and",
    "span",
    "wet",
    "back",
]


OF_WORDS = [
    term
    for term in shipped().terms
    if term.language == "en" and any(set(phrase.split()) <= set(WORDS) for phrase in (term.term, *term.exceptions))
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_finds_what_a_slow_search_for_every_spelling_finds(text: str) -> None:
    own = Lexicon(OF_WORDS, "1")
    assert [(hit.term.term, hit.start, hit.end) for hit in own.hits(text, "en")] == list(slowly(text, OF_WORDS))
    assert own.find(text, "en") == own.find(text.upper(), "en")


def slowly(text: str, terms: Iterable[Term]) -> Iterable[tuple[str, int, int]]:
    """Leftmost longest over every spelling and exception of words, one by one."""
    spellings = {phrase: "" for term in terms for phrase in term.exceptions}
    spellings |= {form: term.term for term in terms for form in (term.term, *term.forms)}
    at = 0
    while at < len(text):
        begins = [s for s in spellings if text.startswith(s, at) and re.match(r"\b" + re.escape(s) + r"\b", text[at:])]
        if not begins or (at and text[at - 1].isalnum()):
            at += 1
            continue
        longest = max(begins, key=len)
        if spellings[longest]:
            yield spellings[longest], at, at + len(longest)
        at += len(longest)


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=20),
            st.sampled_from([t for t, _ in GOLDEN.values()]),
            st.text("aāf*#ck İß。ン็", max_size=20),
        ),
        max_size=8,
    ),
    st.sampled_from([*GOLDEN, "und", "xx"]),
)
def test_no_text_breaks_it_and_every_hit_lies_in_the_text(parts: list[str], language: str) -> None:
    text = normalise(" ".join(parts))
    end = 0
    for hit in shipped().hits(text, language):
        assert end <= hit.start < hit.end <= len(text)
        end = hit.end


@pytest.mark.parametrize(
    "piece", ["fuck ", "f*ck", "fuuuck ", "aaabbb", "操你妈", "x#", "son of a ", "хуйхуйхуй", "ン็"]
)
def test_a_long_hostile_text_is_searched_whole(piece: str) -> None:
    text = piece * (50_000 // len(piece)) + " you wanker"
    assert "en:wanker" in [term.label for term in shipped().find(text, "en")]


def test_a_folder_of_ones_own_replaces_the_lists_and_has_a_version_of_its_own(tmp_path: Path) -> None:
    head = "term\tcategories\tseverity\tscope\tforms\texceptions\tsources\n"
    (tmp_path / "en.tsv").write_text(head + "glorp\tinsult\t0.4\tany\t\t\tours\n")
    own = load(tmp_path)
    assert own.languages == {"en"}
    assert [term.categories for term in own.find("you glorp", "de")] == [(Category.INSULT,)]
    assert own.name == load(tmp_path).name != shipped().name
    (tmp_path / "en.tsv").write_text(head + "glorp\tinsult\t0.5\tany\t\t\tours\n")
    assert load(tmp_path).name != own.name


def test_a_folder_without_lists_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no lexicon: it has no \.tsv file"):
        load(tmp_path)

"""The sets that are never trained on: what evaluation reads, and what training must not contain."""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.training import functional
from models.training.examples import Example, cells, fingerprint, rows, written
from models.training.judge import identities

DRAWN_SHARE = 0.12
"""Of a set without an official test split, the share that is held out."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """An evaluation-only set. `most` texts of it are judged, drawn with a fixed seed; all stay out of training."""

    read: Callable[[Path], Iterator[Example]]
    folder: str
    """Where its files lie, below the folder of the data sets."""
    licence: str
    language: str = "en"
    most: int = 6_000
    harmless: bool = False
    """What is not toxic here is what a false alarm would hurt most."""
    grouped: bool = False
    """The group of an example is whom it names."""
    natural: bool = False
    """At the prevalence of ordinary traffic: calibration is judged here."""

    def __call__(self, folder: Path) -> Iterator[Example]:
        """Its examples; `folder` holds the data sets."""
        return self.read(folder)


def robtest(folder: Path) -> Iterator[Example]:
    """Wikipedia comments of the Jigsaw test split, half of them toxic."""
    for text, label in cells(folder / "jigsaw-wiki-subsets" / "robtest_balanced_binary.csv.gz"):
        yield Example(written(text), "robtest", {"toxicity": float(label)})


def surge(folder: Path) -> Iterator[Example]:
    """Posts of many platforms, half of them toxic."""
    for row in rows(folder / "surge-toxicity" / "toxicity_en.csv.gz"):
        yield Example(written(row["text"]), "surge", {"toxicity": float(row["is_toxic"] == "Toxic")})


def _dynahate(version: str) -> Callable[[Path], Iterator[Example]]:
    def read(folder: Path) -> Iterator[Example]:
        for row in rows(folder / "dynahate-test" / f"dyna_test_processed_{version}.csv.gz"):
            labels = {"hate": float(row["label"] == "hate")}
            yield Example(written(row["text"]), f"dynahate-{version}", labels, group=row["acl.id"])

    read.__doc__ = f"Posts written to fool a model, version {version} (O original, A to C restyled)."
    return read


def edos(folder: Path) -> Iterator[Example]:
    """The official test split: sexist posts count as hate, plans to harm as threats."""
    for row in rows(folder / "edos" / "edos_labelled_aggregated.csv.gz"):
        if row["split"] == "test":
            hate = float(row["label_sexist"] == "sexist")
            threat = float(row["label_category"].startswith("1"))
            yield Example(written(row["text"]), "edos", {"hate": hate, "threat": threat})


def hatexplain(folder: Path) -> Iterator[Example]:
    """The official test split."""
    for row in rows(folder / "hatexplain" / "test.csv.gz", delimiter="\t"):
        labels = {"hate": float(row["label"] == "hatespeech"), "toxicity": float(row["label"] != "normal")}
        yield Example(written(row["text"]), "hatexplain", labels)


def germeval(folder: Path) -> Iterator[Example]:
    """The official test split, German."""
    for text, _, kind in cells(folder / "germeval2018" / "germeval2018.test.txt.gz", "\t", quoted=False):
        labels = {
            "toxicity": float(kind != "OTHER"),
            "hate": float(kind == "ABUSE"),
            "insult": float(kind == "INSULT"),
        }
        yield Example(written(text.replace("|LBR|", " ")), "germeval", labels)


def cold_zh(folder: Path) -> Iterator[Example]:
    """The official test split, Chinese."""
    for row in rows(folder / "cold-zh" / "test.csv.gz"):
        yield Example(written(row["TEXT"]), "cold-zh", {"toxicity": float(row["label"])})


def context_toxicity(folder: Path) -> Iterator[Example]:
    """Wikipedia talk comments at natural prevalence, about one in a hundred toxic."""
    for name in ("gc", "gn"):
        for row in rows(folder / "context-toxicity" / f"{name}.csv.gz"):
            yield Example(written(row["text"]), "context-toxicity", {"toxicity": float(row["label"])})


def bold(folder: Path) -> Iterator[Example]:
    """Sentences of encyclopedia articles about people and groups: all harmless."""
    for path in sorted((folder / "bold").glob("*.json.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for people in json.load(file).values():
                for sentences in people.values():
                    for sentence in sentences:
                        yield Example(written(sentence), "bold", {"toxicity": 0.0, "hate": 0.0})


def counter_speech(folder: Path) -> Iterator[Example]:
    """Answers to hate: harmless, though they speak of it."""
    for row in rows(folder / "gbv-counterspeech" / "gbv_cs.tsv.gz", delimiter="\t"):
        yield Example(written(row["counterspeech"]), "counter-speech", {"toxicity": 0.0, "hate": 0.0})


def functional_cases(folder: Path) -> Iterator[Example]:
    """Our own functional tests of hate detection."""
    for case in functional.cases():
        yield Example(case.text, "functional", {"hate": float(case.hateful)}, group=case.group)


def neutral_identity(folder: Path) -> Iterator[Example]:
    """Our own sentences that name an identity in passing: all harmless."""
    for case in functional.neutral():
        yield Example(case.text, "neutral-identity", {"toxicity": 0.0, "hate": 0.0}, group=case.group)


def hatemoji(folder: Path) -> Iterator[Example]:
    """The official test split: minimal pairs that differ in an emoji."""
    for row in rows(folder / "hatemoji" / "build_test.csv.gz"):
        pair = sorted((row["entry_id"], row["matched_id"]))
        yield Example(
            written(row["text"]), "hatemoji", {"hate": float(row["label_gold"])}, group=f"{pair[0]} {pair[1]}"
        )


def identity_comments(folder: Path) -> Iterator[Example]:
    """Wikipedia comments that name an identity, toxic or not."""
    for row in rows(folder / "conversationai-bias" / "toxicity_nonfuzzed_testset.csv.gz"):
        yield Example(written(row["comment"]), "identity-comments", {"toxicity": float(row["toxic"] == "True")})


def identity_articles(folder: Path) -> Iterator[Example]:
    """Sentences of encyclopedia articles that name an identity: all harmless."""
    for row in rows(folder / "conversationai-bias" / "toxicity_debiasing_data.tsv.gz", "\t"):
        yield Example(written(row["comment"]), "identity-articles", {"toxicity": 0.0, "hate": 0.0})


def _templates(language: str) -> Callable[[Path], Iterator[Example]]:
    def read(folder: Path) -> Iterator[Example]:
        for phrase in identities.phrases(folder, language):
            yield Example(phrase.text, f"identity-templates-{language}", {"toxicity": float(phrase.toxic)})

    read.__doc__ = f"Sentence templates filled with identity terms, language {language}."
    return read


def korean_beep(folder: Path) -> Iterator[Example]:
    """The official dev split (its test labels were never published): comments on news of entertainers."""
    for row in rows(folder / "korean-beep" / "dev.tsv", delimiter="\t", quoted=False):
        labels = {"toxicity": float(row["hate"] != "none"), "hate": float(row["hate"] == "hate")}
        yield Example(written(row["comments"]), "korean-beep", labels)


def korean_curse(folder: Path) -> Iterator[Example]:
    """Korean posts of web forums, abusive or not."""
    for text, label in curses(folder):
        if drawn(text):
            yield Example(written(text), "korean-curse", {"toxicity": label})


def curses(folder: Path) -> Iterator[tuple[str, float]]:
    """The rows of korean-curse: text, and 1 where it is abusive. The bar between them may stand in the text, too."""
    for line in cells(folder / "korean-curse" / "dataset.txt.gz", "\t", quoted=False):
        text, _, label = "\t".join(line).rpartition("|")
        if label in ("0", "1"):
            yield text.strip(), float(label)


def told_br(folder: Path) -> Iterator[Example]:
    """Part of the Brazilian tweets: the set has no test split."""
    return (example for text, example in judged_told_br(folder) if drawn(text))


def judged_told_br(folder: Path) -> Iterator[tuple[str, Example]]:
    """All of told-br, each with its text as it stands in the file: three annotators, of whom two make a label and
    none makes a negative."""
    groups = ("homophobia", "racism", "misogyny", "xenophobia")
    for row in rows(folder / "told-br" / "ToLD-BR.csv.gz"):
        votes = {name: float(row[name]) for name in (*groups, "obscene", "insult")}
        if 0 < max(votes.values()) < 2:
            continue
        labels = {
            "toxicity": float(max(votes.values()) >= 2),
            "hate": float(max(votes[name] for name in groups) >= 2),
            "insult": float(votes["insult"] >= 2),
            "obscenity": float(votes["obscene"] >= 2),
        }
        yield row["text"], Example(written(row["text"]), "told-br", labels)


def roman_urdu(folder: Path) -> Iterator[Example]:
    """The official test split, Urdu in Latin letters. 0 abusive, 1 normal, 2 religious hate, 3 sexism, 4 profane."""
    for text, label in cells(folder / "roman-urdu" / "task_2_test.tsv.gz", "\t", quoted=False):
        labels = {"toxicity": float(label != "1"), "hate": float(label in "23")}
        yield Example(written(text), "roman-urdu", labels)


def _mlma(language: str) -> Callable[[Path], Iterator[Example]]:
    def read(folder: Path) -> Iterator[Example]:
        for row in rows(folder / "mlma" / f"{language}_dataset.csv.gz"):
            kinds = row["sentiment"].split("_")
            if drawn(row["tweet"]):
                labels = {"toxicity": float(kinds != ["normal"]), "hate": float("hateful" in kinds)}
                yield Example(written(row["tweet"]), f"mlma-{language}", labels)

    read.__doc__ = f"Tweets sampled by keyword, language {language}; nine in ten are offensive."
    return read


def arabic_mpold(folder: Path) -> Iterator[Example]:
    """Comments of three platforms; offensive ones may be vulgar or hate."""
    for row in rows(folder / "arabic-mpold" / "mpold_4000.tsv.gz", delimiter="\t"):
        if drawn(row["Comment"]):
            kind = row["Vulgar:V/HateSpeech:HS/None:-"]
            labels = {"toxicity": float(row["Majority_Label"] == "Offensive"), "hate": float("HS" in kind)}
            yield Example(written(row["Comment"]), "arabic-mpold", labels)


def drawn(text: str) -> bool:
    """Whether a text of a set without an official split is held out: by a hash, so that its copies are too."""
    digest = hashlib.sha256(fingerprint(written(text)).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < DRAWN_SHARE


EVALUATION: dict[str, HeldOut] = {
    "robtest": HeldOut(robtest, "jigsaw-wiki-subsets", "labels CC0-1.0, text CC BY-SA 3.0 (Jigsaw, Wikipedia)"),
    "surge": HeldOut(surge, "surge-toxicity", "MIT"),
    "dynahate-O": HeldOut(_dynahate("O"), "dynahate-test", "MIT (carrying repository)"),
    "dynahate-A": HeldOut(_dynahate("A"), "dynahate-test", "MIT (carrying repository)"),
    "dynahate-B": HeldOut(_dynahate("B"), "dynahate-test", "MIT (carrying repository)"),
    "dynahate-C": HeldOut(_dynahate("C"), "dynahate-test", "MIT (carrying repository)"),
    "hatemoji": HeldOut(hatemoji, "hatemoji", "CC BY 4.0"),
    "edos": HeldOut(edos, "edos", "CC0-1.0"),
    "hatexplain": HeldOut(hatexplain, "hatexplain", "MIT"),
    "context-toxicity": HeldOut(
        context_toxicity,
        "context-toxicity",
        "Apache-2.0, text CC BY-SA (Wikipedia)",
        most=20_000,
        harmless=True,
        natural=True,
    ),
    "bold": HeldOut(bold, "bold", "CC BY-SA 4.0", harmless=True),
    "counter-speech": HeldOut(counter_speech, "gbv-counterspeech", "Apache-2.0", harmless=True),
    # The folder of these two is absolute: they come with the code.
    "functional": HeldOut(functional_cases, str(functional.FOLDER), "Apache-2.0"),
    "neutral-identity": HeldOut(neutral_identity, str(functional.FOLDER), "Apache-2.0", harmless=True, grouped=True),
    "identity-comments": HeldOut(identity_comments, "conversationai-bias", "CC BY 4.0", harmless=True),
    "identity-articles": HeldOut(identity_articles, "conversationai-bias", "CC BY 4.0", harmless=True),
    "mlma-en": HeldOut(_mlma("en"), "mlma", "MIT"),
    "germeval": HeldOut(germeval, "germeval2018", "CC BY 4.0", "de", harmless=True),
    "told-br": HeldOut(told_br, "told-br", "CC BY-SA 4.0", "pt", harmless=True),
    "mlma-fr": HeldOut(_mlma("fr"), "mlma", "MIT", "fr"),
    "mlma-ar": HeldOut(_mlma("ar"), "mlma", "MIT", "ar"),
    "arabic-mpold": HeldOut(arabic_mpold, "arabic-mpold", "Apache-2.0", "ar", harmless=True),
    "roman-urdu": HeldOut(roman_urdu, "roman-urdu", "MIT", "ur", harmless=True),
    "korean-beep": HeldOut(korean_beep, "korean-beep", "CC BY-SA 4.0", "ko", harmless=True),
    "korean-curse": HeldOut(korean_curse, "korean-curse", "MIT", "ko", harmless=True),
    "cold-zh": HeldOut(cold_zh, "cold-zh", "Apache-2.0", "zh", harmless=True),
    **{
        f"identity-templates-{language}": HeldOut(
            _templates(language), "conversationai-bias", "CC BY 4.0", language, harmless=True
        )
        for language in identities.LANGUAGES
    },
}


def of_languages(languages: Sequence[str]) -> dict[str, HeldOut]:
    """The sets in one of the languages."""
    return {name: held for name, held in EVALUATION.items() if reads(languages, held.language)}


def reads(languages: Sequence[str], language: str) -> bool:
    """Whether a language is one of those a model states: primary subtags count ("pt-BR" reads "pt"), none is all."""
    return not languages or language in {stated.split("-")[0] for stated in languages}

"""Readers of labelled texts, by the name that a recipe gives."""

from models.training.grammar.reader import GrammarReader
from models.training.held_out import EVALUATION
from models.training.readers import abuse, hate, jigsaw, multilingual, spam
from models.training.readers.everyday import EverydayReader
from models.training.readers.reader import Options, Reader, SetReader
from models.training.readers.table import TableReader

__all__ = ["HELD_OUT", "READERS", "Options", "Reader"]

_JIGSAW = ("jigsaw-wiki-subsets",)

READERS: dict[str, Reader] = {
    "file": TableReader(),
    "grammar": GrammarReader(),
    "jigsaw-natural": SetReader(jigsaw.jigsaw_natural, _JIGSAW),
    "jigsaw": SetReader(jigsaw.jigsaw, _JIGSAW),
    "jigsaw-binary": SetReader(jigsaw.jigsaw_binary, _JIGSAW),
    "jigsaw-workers": SetReader(jigsaw.jigsaw_workers, _JIGSAW),
    "sms-spam": SetReader(spam.sms_spam, ("sms-spam",)),
    "youtube-spam": SetReader(spam.youtube_spam, ("youtube-spam",)),
    "discord": SetReader(abuse.discord, ("discord-automod",)),
    "edos": SetReader(hate.edos, ("edos",)),
    "misogyny": SetReader(hate.misogyny, ("online-misogyny",)),
    "hatemoji": SetReader(hate.hatemoji, ("hatemoji",)),
    "implicit-hate": SetReader(hate.implicit_hate, ("implicit-hate",)),
    "hatexplain": SetReader(hate.hatexplain, ("hatexplain",)),
    "davidson": SetReader(hate.davidson, ("davidson",)),
    "stormfront": SetReader(hate.stormfront, ("stormfront",)),
    "toxic-spans": SetReader(abuse.toxic_spans, ("toxic-spans",)),
    "paradetox": SetReader(abuse.paradetox, ("paradetox",)),
    "paradetox-unclear": SetReader(abuse.paradetox_unclear, ("paradetox",)),
    "everyday": EverydayReader(),
    "germeval": SetReader(multilingual.germeval, ("germeval2018",), "de"),
    "told-br": SetReader(multilingual.told_br, ("told-br",), "pt"),
    "roman-urdu": SetReader(multilingual.roman_urdu, ("roman-urdu",), "ur-Latn"),
    "cold-zh": SetReader(multilingual.cold_zh, ("cold-zh",), "zh"),
    "korean-beep": SetReader(multilingual.korean_beep, ("korean-beep",), "ko"),
    "korean-curse": SetReader(multilingual.korean_curse, ("korean-curse",), "ko"),
    "mlma-fr": SetReader(multilingual.mlma("fr"), ("mlma",), "fr"),
    "mlma-ar": SetReader(multilingual.mlma("ar"), ("mlma",), "ar"),
    "arabic-mpold": SetReader(multilingual.arabic_mpold, ("arabic-mpold",), "ar"),
}
"""What may be trained on."""

HELD_OUT: dict[str, Reader] = {
    "file": TableReader(),
    **{name: SetReader(held.read, (held.folder,), held.language) for name, held in EVALUATION.items()},
}
"""What is only for evaluation: a text that stands there is not trained on."""

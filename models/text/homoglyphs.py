"""Letters that look Latin, folded where the word around them shows that Latin was meant."""

import re

# A choice from the Unicode confusables: letters of living scripts that readers take for Latin ones.
_SOURCES = (
    ("АВЕЅZІЈКМНОРСТУХҮԌԚԜЁЇГЬПӀ", "ABESZIJKMHOPCTYXYGQWEIrbnI"),  # Cyrillic, capitals
    ("авеѕіјкмнорстухүԍԛԝһԁӏёїгьп", "abesijkmhopctyxygqwhdleirbn"),  # Cyrillic
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ", "ABEZHIKMNOPTYXC"),  # Greek, capitals
    ("αβεηικνορτυχγωϲ", "abenikvoptuxywc"),  # Greek
    ("ՏՍՕՀԼոսօհցզյ", "SUOHLnuohgqj"),  # Armenian
    ("ᎪᏴᏟᎠᎬᏀᎻᎥᎫᏦᏞᎷᏢᏒᏚᎢᏙᎳᎩᏃ", "ABCDEGHiJKLMPRSTVWYZ"),  # Cherokee
)
# No language writes with these, so they are folded wherever they stand.
_STYLED = ("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢɑɡ", "abcdefghijklmnoprstuvwyzag")
_NEGATIVE_CAPITALS = {first + i: chr(ord("A") + i) for first in (0x1F130, 0x1F150, 0x1F170) for i in range(26)}

_LATIN_OF = {ord(s): t for source, target in _SOURCES for s, t in zip(source, target, strict=True)}
_STYLED_OF = dict(zip(map(ord, _STYLED[0]), _STYLED[1], strict=True)) | _NEGATIVE_CAPITALS
_ANY_LOOKALIKE = re.compile("[" + "".join(map(chr, _LATIN_OF)) + "]")
_ANY_STYLED = re.compile("[" + "".join(map(chr, _STYLED_OF)) + "]")
_WORD = re.compile(r"[^\W\d_]+")
_ASCII_LETTER = re.compile("[A-Za-z]")
# Letters of the scripts above: one that is no look-alike shows that the script is really written.
_FOREIGN = re.compile("[\u0370-\u03ff\u0400-\u052f\u0531-\u0587\u13a0-\u13f5]")


def fold_homoglyphs(text: str) -> str:
    """`text` with look-alike letters made Latin; words truly written in another script stay.

    A word is folded when all its letters of other scripts are look-alikes and it either holds a
    Latin letter itself, or stands in a text that has Latin words and no true word of that script.
    """
    if _ANY_STYLED.search(text):
        text = text.translate(_STYLED_OF)
    if not _ANY_LOOKALIKE.search(text) or not _ASCII_LETTER.search(text):
        return text
    foreign = set(_FOREIGN.findall(text))
    lone_words_too = all(ord(letter) in _LATIN_OF for letter in foreign)

    def fold(match: re.Match[str]) -> str:
        word = match[0]
        if word.isascii():
            return word
        folded = word.translate(_LATIN_OF)
        if _FOREIGN.search(folded):
            return word
        if _ASCII_LETTER.search(word) or (lone_words_too and len(word) > 2):
            return folded
        return word

    return _WORD.sub(fold, text)

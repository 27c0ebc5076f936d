"""Urdu in Latin letters, which lid.176 does not know: it is named by its function words.

Hindi in Latin letters has the same ones and goes by the same name.
"""

import re

URDU = "ur-Latn"  # BCP 47

_WORD = re.compile(r"[^\W\d_]+")
# Words of everyday speech that are no common words of English, German, French, Portuguese, Indonesian or Tagalog.
_SURE = frozenset(
    _WORD.findall(
        """
        hai hain hoon nahi nahin nhi bhi aur koi kuch kya kia kiya kyun kyu kisi apni apne apna tum tumhe
        tumhari aap teri tere meri mere mera tha thi raha rahe rahi rha rhe rhi hota hoti hote hona hoga hogi
        liye liay baat aik yeh toh phir phr mujhe mujhy tujhe tujhy kaise kaisa kesy kahan kahin karo karta
        karte karti krna krny karna karne sakte sakta skta isko usko unki unke unko iski iske uski uske inki
        inke sath wala wali wale jab kaun hamara hamari humare bohat bohot bhot bahut acha achi achay bhai
        dekh dekho gaya gayi diya kro liya bacha bachay chutiya chutiye madarchod bhenchod behenchod
        bhosdike randi gandu kutta kutti kutte kuttay lanat behen baap maa zindagi dost allah yaar aurat
        mard mulk qoum khuda tak sirf sab abhi
        """
    )
)
# Short ones that other languages have, too: they count once a sure one stands there.
_LIKELY = frozenset(
    _WORD.findall(
        """
        ka ki ko ke k ye wo woh h se sy mein ho ha tu ap ab ne ny pe na ga gi ge jo
        """
    )
)
_LEAST_SURE_WORDS = 2  # different ones; or one, and two likely ones
_LEAST_SHARE = 0.3
_CHARACTERS = 400


def is_romanised_urdu(text: str) -> bool:
    """Whether several words of Urdu stand in the text, and make up three tenths of it."""
    words = _WORD.findall(text[:_CHARACTERS].lower())
    sure = {word for word in words if word in _SURE}
    if not sure:
        return False
    likely = {word for word in words if word in _LIKELY}
    several = len(sure) >= _LEAST_SURE_WORDS or len(likely) >= 2
    return several and sum(word in sure or word in likely for word in words) >= _LEAST_SHARE * len(words)

"""Free text as the eye takes it, so that what is screened by words cannot be written around by letters. Pure."""

import re
import unicodedata

# Cyrillic and Greek letters that the eye takes for one of ours.
_LOOK_ALIKES = str.maketrans(
    "АВЕІЈКМНОРСТУХЅԚԜҺӀ" + "авеіјкмнорстухѕԛԝһӏԁг" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ" + "αβεικνορτυχγϲϳ",
    "ABEIJKMHOPCTYXSQWHI" + "abeijkmhopctyxsqwhldr" + "ABEZHIKMNOPTYXC" + "abeikvoptuxycj",
)


def as_read(text: str) -> str:
    """The words in lower case: one form of each letter, nothing invisible, no look-alike alphabets, single spaces."""
    # Before and after: NFKC turns the lunate sigma, which looks like a C, into one that does not.
    plain = unicodedata.normalize("NFKC", text.translate(_LOOK_ALIKES)).translate(_LOOK_ALIKES)
    visible = "".join(letter for letter in plain if unicodedata.category(letter) != "Cf")
    return re.sub(r"\s+", " ", visible.lower())

"""Which CLETS/NCIC-derived information stands in a free text: it may not be kept with plates. Pure.

The State Auditor found persons' particulars and warrants typed into hot lists (report 2019-118, recommendation 42).
Screened are labels and numbers whose form is their own; what an officer needs on the road ("taken in a 211 PC, two
armed men", "felony warrant, see the case") passes. A bare driver licence number looks like many a service number and is
known by its label only; a bare name is known by nothing. The screen helps people, it does not replace knowing better.
"""

import re

from audit.plain_words import as_read

_NUMBER = r"(?:[ .:]{0,2}(?:NO|NUM|NUMBER|NBR|ID)\b)?[ :/.#=-]{0,3}"
_LAW = r"(?:PC|CPC|VC|CVC|HS|H&S|WI|WIC|BP|USC)"
_FEW_WORDS = r"(?:\W{1,3}\w{1,15}){0,4}\W{1,3}"
_MONTH = r"(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)"
_FIELDS = """
NAM SEX RAC HGT WGT EYE HAI SMT SOC FBI SID OLN FPC NIC MKE ORI WNO DOW AKA MNU CTZ POB
"""

# Kind -> patterns over the text in capitals, each from the beginning of a word. Those of one first character are tried
# together (this runs on every text of a million-row import).
_WORDS: dict[str, tuple[str, ...]] = {
    "a date of birth": (
        r"D[. ]?O[. ]?B(?![A-Z])",
        r"DATE OF BIRTH",
        r"BIRTH ?DA(?:TE|Y)",
        rf"BORN (?:ON |IN )?(?:\d|{_MONTH})",
    ),
    "a social security number": (r"SSN(?![A-Z])", r"SOCIAL SEC", rf"SOC{_NUMBER}\d{{3}}-?\d\d-?\d{{4}}\b"),
    "an FBI or CII number": (
        rf"FBI{_NUMBER}\d{{3}}",
        rf"CII{_NUMBER}[A-Z]?\d{{5}}",
        rf"SID{_NUMBER}[A-Z]{{0,2}}\d{{5}}",
    ),
    "a driver licence number": (
        rf"DL{_NUMBER}[A-Z]{{0,2}}\d{{5}}",
        rf"CDL{_NUMBER}[A-Z]{{0,2}}\d{{5}}",
        rf"OLN{_NUMBER}[A-Z]{{0,2}}\d{{4}}",
        rf"DRIVER(?:'?S)? LIC(?:EN[SC]E)?{_NUMBER}[A-Z]{{0,2}}\d{{5}}",
    ),
    "a CLETS or NCIC record number": (rf"NIC{_NUMBER}[A-Z]\d{{5}}", rf"FCN{_NUMBER}[A-Z0-9]{{0,7}}\d{{6}}"),
    "a piece of a CLETS or NCIC answer": tuple(rf"{field}/ ?[A-Z0-9]" for field in _FIELDS.split()),
    "the particulars of a warrant": (
        rf"WARRANT(?<!SEARCH WARRANT)S?{_FEW_WORDS}\d{{2,5}}(?:\.\d+)?(?:\([A-Z0-9]+\))* ?{_LAW}\b",
        r"WARRANT ?(?:NO|NUM|NUMBER|NBR|#)[ :.#]{0,3}[A-Z]{0,3}\d",
        r"BAIL[ :/.=-]{0,3}(?:OF |AT |SET AT )?\$? ?\d",
        r"NO BAIL",
    ),
    "criminal history": (
        r"RAP ?SHEET",
        r"CRIMINAL (?:HISTORY|RECORD)",
        r"PRIOR (?:ARREST|CONVICTION|FELON)",
        r"PRIORS (?:FOR|OF|INCLUDE)",
        r"CONVICTED (?:OF|FOR|FELON)",
        r"ON (?:(?:ACTIVE|FORMAL|SUMMARY|COUNTY|FEDERAL|STATE) )?(?:PAROLE|PROBATION|PRCS)\b",
        r"PAROLEE",
        r"PROBATIONER",
        r"REGISTERED SEX",
        r"290 REGISTRANT",
    ),
}
# Those that begin with no particular character.
_NUMBERS: dict[str, tuple[str, ...]] = {
    "a social security number": (r"\d{3}-\d\d-\d{4}(?![\d-])",),
    "a CLETS or NCIC record number": (r"[A-Z]\d{9}(?![A-Z0-9])",),
    "the particulars of a warrant": (rf"\d{{2,5}}(?:\.\d+)?(?:\([A-Z0-9]+\))* ?{_LAW}{_FEW_WORDS}(?<!SEARCH )WARRANT",),
}


def _compiled() -> tuple[re.Pattern[str], tuple[str, ...]]:
    """One expression of all, and the kind of each of its numbered ends.

    It begins with what stands before a word, so that the engine looks at the beginnings of words and nowhere else. The
    empty group at a pattern's end tells which one it was.
    """
    branches, kinds = [], []
    words = [(kind, text) for kind, several in _WORDS.items() for text in several]
    for first in sorted({text[0] for _, text in words}):
        mine = [(kind, text[1:]) for kind, text in words if text[0] == first]
        branches.append(f"{first}(?:{'|'.join(f'{rest}()' for _, rest in mine)})")
        kinds += [kind for kind, _ in mine]
    for kind, several in _NUMBERS.items():
        branches += [f"{text}()" for text in several]
        kinds += [kind for _ in several]
    return re.compile(f"[^A-Z0-9](?:{'|'.join(branches)})"), tuple(kinds)


_FOUND, _KINDS = _compiled()


def found_in(text: str) -> str:
    """The kind of criminal-justice information the text holds, as words for a sentence; "" where it holds none."""
    plain = text.upper() if text.isascii() else as_read(text).upper()
    found = _FOUND.search(f" {plain}")
    return _KINDS[found.lastindex - 1] if found and found.lastindex else ""

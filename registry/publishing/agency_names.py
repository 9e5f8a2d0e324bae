"""Reading a pasted list of agencies: broken lines mended, ways of writing brought to one name, a class proposed. Pure.

What it makes is a proposal; a person confirms each line.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

_STATES = """
AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA
RI SC SD TN TX UT VT VA WA WV WI WY DC
"""
STATES = frozenset(_STATES.split())
KINDS = {
    "PD": "Police Department",
    "POLICE DEPARTMENT": "Police Department",
    "POLICE DEPT": "Police Department",
    "SO": "Sheriff's Office",
    "SHERIFF'S OFFICE": "Sheriff's Office",
    "SHERIFF": "Sheriff's Office",
    "DA": "District Attorney",
    "DISTRICT ATTORNEY": "District Attorney",
}
_KIND = re.compile(r"\b(" + "|".join(sorted(KINDS, key=len, reverse=True)) + r")\b", re.IGNORECASE)
_BROKEN = re.compile(rf"^({'|'.join(sorted(KINDS, key=len, reverse=True))})\s*,\s*(\S.*)$", re.IGNORECASE)
_MARK = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list as proposed: how it was written, the name, state and class, and what a person should see.

    ``mark`` is what stood in brackets, such as a second system of the same agency. ``doubts`` are sentences.
    """

    written: str
    name: str
    state: str
    legal_class: str
    mark: str = ""
    doubts: tuple[str, ...] = ()


def read_list(text: str, known: Iterable[str] = (), aliases: dict[str, str] | None = None) -> list[Line]:
    """The lines of a pasted list. ``known`` are the names on file, ``aliases`` other ways they are written."""
    names, others = list(known), {key.casefold(): name for key, name in (aliases or {}).items()}
    found: list[Line] = []
    for written, mended in mend(text):
        line = _line(written, mended)
        if (name := others.get(written.casefold())) is not None:
            line = Line(written, name, line.state, line.legal_class, line.mark, line.doubts)
        found.append(_with_doubts(line, found, names))
    return found


def mend(text: str) -> list[tuple[str, bool]]:
    """The lines without the empty ones; one that was broken before its kind of agency is put together (and marked)."""
    lines: list[tuple[str, bool]] = []
    for raw in text.splitlines():
        line = " ".join(raw.split()).strip(" ,;\u2022*")
        broken = _BROKEN.match(line)
        if broken and lines and not _KIND.search(lines[-1][0]):
            lines[-1] = (f"{lines[-1][0]} {broken[1]}", True)
            line = broken[2]
        if line:
            lines.append((line, False))
    return lines


def _line(written: str, mended: bool) -> Line:
    marks = [mark.strip() for mark in _MARK.findall(written)]
    state_marks = [mark for mark in marks if mark.upper() in STATES]
    mark = ", ".join(mark for mark in marks if mark.upper() not in STATES)
    bare = re.sub(r"\s*-\s*", " ", _MARK.sub(" ", written))
    words = bare.split()
    states = [word for word in words if word in STATES and word != "OR"] + [one.upper() for one in state_marks]
    state = states[-1] if states else "CA"
    place = " ".join(word for word in words if not (word in STATES and word == state))
    kind = _KIND.search(place)
    doubts = ("This line was broken in two; it is put together here.",) if mended else ()
    if kind is None:
        return Line(written, place, state, "private", mark, doubts)
    title = KINDS[kind[1].upper()]
    name = f"{' '.join((place[: kind.start()] + place[kind.end() :]).split())} {title}"
    name = name if state == "CA" else f"{name}, {state}"
    legal_class = "out_of_state" if state != "CA" else "ca_prosecutor" if title == "District Attorney" else "ca_law"
    return Line(written, name, state, legal_class, mark, doubts)


def _with_doubts(line: Line, before: list[Line], known: list[str]) -> Line:
    doubts = list(line.doubts)
    if any(other.name == line.name for other in before):
        doubts.append("This agency stands in the list already; it becomes a second entry of the same agency.")
    elif line.name not in known:
        pool = {_key(name): name for name in [*known, *(other.name for other in before)] if name != line.name}
        near = get_close_matches(_key(line.name), pool, n=1, cutoff=0.93)
        if near:
            doubts.append(f"Is this {pool[near[0]]}? If so, give it that name.")
    if line.legal_class == "private":
        doubts.append("A private party.")
    if line.legal_class == "out_of_state":
        doubts.append(f"An agency of another state ({line.state}).")
    return Line(line.written, line.name, line.state, line.legal_class, line.mark, tuple(doubts))


def _key(name: str) -> str:
    return re.sub(r"\b(city|town|county|of)\b", "", name.casefold()).strip()

"""What changed from one publication to the next, in a sentence each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is new, gone or changed: where, before, after. "" before or after means: was not, is not there."""

    part: str
    what: str
    before: str
    after: str


def differences_of(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[Difference]:
    """All differences that a reader can see. None for the first publication, which is all new."""
    if old is None:
        return []
    found = [
        Difference("Policy", "Version", old["policy"]["policy_stamp"], new["policy"]["policy_stamp"]),
        Difference("Policy", "How long reads are kept", _kept(old), _kept(new)),
        *_texts("Policy", _clauses(old), _clauses(new)),
        *_texts("People", _people(old), _people(new)),
        *_texts("What the policy covers", _elements(old), _elements(new)),
        *_cameras(old, new),
        *_agencies(old, new),
        *_figures(old, new),
    ]
    return [one for one in found if one.before != one.after]


def _texts(part: str, old: Iterable[str], new: Iterable[str]) -> list[Difference]:
    was, now = list(dict.fromkeys(old)), list(dict.fromkeys(new))
    gone = [Difference(part, "Taken out", text, "") for text in was if text not in now]
    return gone + [Difference(part, "New", "", text) for text in now if text not in was]


def _clauses(content: Mapping[str, Any]) -> list[str]:
    return [f"{one['text']} ({one['citation']})" for one in content["policy_text"]["clauses"]]


def _people(content: Mapping[str, Any]) -> list[str]:
    return [f"{one['title']} {one['name']}" for one in content["people"]]


def _elements(content: Mapping[str, Any]) -> list[str]:
    return [f"{one['element']} {one['title']}" for one in content["completeness"] if one["there"]]


def _kept(content: Mapping[str, Any]) -> str:
    retention = content["policy"]["retention"]
    if retention["determination"]:
        return str(retention["determination"]["value"])
    terms = (retention["floor"] or {}).get("value", ""), (retention["ceiling"] or {}).get("value", "")
    return f"{terms[0] or 'no floor'} to {terms[1] or 'no ceiling'}"


def _cameras(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    was = {row["code"]: row["number"] for row in old["policy"]["cameras"]}
    return [
        Difference("Cameras", row["label"], str(was.get(row["code"], 0)), str(row["number"]))
        for row in new["policy"]["cameras"]
    ]


def _agencies(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    found: list[Difference] = []
    for direction, title in (("has_access", "Agencies with access"), ("shares", "Agencies that share")):
        names = [[one["name"] for one in content["agencies"][direction]] for content in (old, new)]
        found += _texts(title, *names)
    return found


def _figures(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """New periods as one sentence; a cell that changed, which never happens, as one each."""
    fresh = [period for period in new["periods"] if period not in old["periods"]]
    found = [Difference("Figures", "New periods", "", ", ".join(fresh))] if fresh else []
    was = {(one["code"], row["class"]): row["values"] for one in old["figures"] for row in one["rows"]}
    for figure in new["figures"]:
        for row in figure["rows"]:
            before = was.get((figure["code"], row["class"]), {})
            for period, value in row["values"].items():
                if period in before and before[period] != value:
                    found.append(_cell(figure, row, period, before[period], value))
    return found


def _cell(figure: Mapping[str, Any], row: Mapping[str, Any], period: str, old: Any, new: Any) -> Difference:
    what = f"{figure['title']}, {row['label']}, {period}"
    return Difference("Figures", what, *("withheld" if value is None else str(value) for value in (old, new)))

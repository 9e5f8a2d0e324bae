"""What changes between two profiles, value by value. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from audit.policies.document import Profile, Value
from audit.refusals import Citation

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Side:
    """One profile's word on a matter."""

    shown: str
    citation: Citation | None
    strength: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A matter the two say differently; a side is None where that profile is silent. ``what`` says what changed."""

    part: str
    name: str
    before: Side | None
    after: Side | None
    what: str = ""

    @property
    def kind(self) -> Kind:
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


@dataclass(frozen=True, slots=True)
class _Item:
    """A comparable thing: what is compared, by name, and how it is shown."""

    name: str
    compared: dict[str, Any]
    side: Side


def compare(before: Profile, after: Profile) -> list[Change]:
    """Everything the two say differently, in the order of ``before`` and then of what ``after`` adds."""
    parts = (
        ("rule", _values(before), _values(after)),
        ("contradiction", _conflicts(before), _conflicts(after)),
        ("purpose", _purposes(before), _purposes(after)),
        ("prohibited use", _prohibitions(before), _prohibitions(after)),
        ("public text", _page(before), _page(after)),
        ("head", _head(before), _head(after)),
    )
    return [change for part, old, new in parts for change in _changes(part, old, new)]


def show(value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "nothing"
    return str(value) or "nothing"


def _changes(part: str, old: Iterable[_Item], new: Iterable[_Item]) -> Iterator[Change]:
    was, now = {item.name: item for item in old}, {item.name: item for item in new}
    for name in [*was, *(name for name in now if name not in was)]:
        before, after = was.get(name), now.get(name)
        if before and after and before.compared == after.compared:
            continue
        what = ""
        if before and after:
            what = ", ".join(key for key in before.compared if before.compared[key] != after.compared.get(key))
        yield Change(part, name, before.side if before else None, after.side if after else None, what)


def _of_value(value: Value) -> dict[str, Any]:
    return {
        "value": value.value,
        "strength": value.strength,
        "clause": str(value.citation),
        "words": value.citation.text,
        "since": value.effective_from,
    }


def _values(profile: Profile) -> Iterator[_Item]:
    for key, value in profile.values.items():
        yield _Item(key, _of_value(value), Side(show(value.value), value.citation, value.strength))


def _conflicts(profile: Profile) -> Iterator[_Item]:
    for one in profile.conflicts:
        compared = {"topic": one.topic, "sides": [_of_value(side) for side in one.sides], "blocks": one.blocks}
        shown = " against ".join(f"{show(side.value)} ({side.citation})" for side in one.sides)
        yield _Item(one.name, compared, Side(shown, one.sides[0].citation))


def _purposes(profile: Profile) -> Iterator[_Item]:
    for one in profile.purposes:
        compared = {"label": one.label, "clause": str(one.citation), "words": one.citation.text, "review": one.review}
        yield _Item(one.code, compared, Side(one.label, one.citation))


def _prohibitions(profile: Profile) -> Iterator[_Item]:
    for one in profile.prohibitions:
        compared = {"label": one.label, "screened": one.words, "clause": str(one.citation), "words": one.citation.text}
        yield _Item(one.code, compared, Side(f"{one.label}: {', '.join(one.words)}", one.citation))


def _page(profile: Profile) -> Iterator[_Item]:
    for key, text in profile.page.items():
        yield _Item(key, {"text": text}, Side(show(text), None))


def _head(profile: Profile) -> Iterator[_Item]:
    for key in ("title", "agency"):
        text = getattr(profile, key)
        yield _Item(key, {"text": text}, Side(text, None))

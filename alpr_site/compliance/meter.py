"""How complete a policy is: each element the Civil Code asks of it, and the words that state it, or a gap.

Bartholomew v. Parking Concepts, Inc. (Cal. Ct. App., A171546, 5 February 2026): using license plate data without an
implemented public policy is by itself the harm that section 1798.90.54 speaks of. That was a private company at the
stage of pleading; it still makes a gap here a matter of money.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from audit.models import Designation
from audit.policy import Profile, Value
from audit.refusals import Citation

NOTE = (
    "Bartholomew v. Parking Concepts, Inc. (Court of Appeal, First District, A171546, 5 February 2026): collecting or "
    "using plate data without an implemented, public policy is by itself harm under Civil Code § 1798.90.54. The "
    "defendant was a private company, at the stage of pleading."
)


@dataclass(frozen=True, slots=True)
class Element:
    """One thing the Civil Code asks of a policy; ``stated`` are the clauses that state it, () is a gap."""

    code: str
    asked: str
    stated: tuple[tuple[str, Citation], ...]
    gap: str = ""

    @property
    def there(self) -> bool:
        return not self.gap


@dataclass(frozen=True, slots=True)
class _Wanted:
    code: str
    asked: str
    keys: tuple[tuple[str, ...], ...]
    gap: str


# Of each inner group one key is enough; every group is wanted.
_WANTED = (
    _Wanted("§ 1798.90.51(b)(2)(A)", "The authorized purposes", (("purposes",),), "No purpose is named."),
    _Wanted(
        "§ 1798.90.51(b)(2)(B)",
        "Job titles of employees and contractors who may use it, and their training",
        (("access.allowed",), ("train.gate",)),
        "Job titles or training requirements are not stated.",
    ),
    _Wanted(
        "§ 1798.90.51(b)(2)(C)",
        "How it is monitored for security and compliance with privacy laws",
        (("audit.queries", "audit.log_review"),),
        "Nothing says how use is monitored.",
    ),
    _Wanted(
        "§ 1798.90.51(b)(2)(D)",
        "Purposes, process and limits of sale, sharing or transfer",
        (("share.recipient_classes",), ("share.steps",)),
        "Whom data may go to, or by which steps, is not stated.",
    ),
    _Wanted("§ 1798.90.51(b)(2)(E)", "Title of the official custodian", (("custodian",),), "No custodian is named."),
    _Wanted(
        "§ 1798.90.51(b)(2)(F)",
        "Reasonable measures to ensure accuracy and correct errors",
        (("accuracy.measures",),),
        "No measures for accuracy and the correction of errors are stated as such.",
    ),
    _Wanted(
        "§ 1798.90.51(b)(2)(G)",
        "How long data is kept, and how it is decided whether and when to destroy it",
        (
            ("retention.alpr.floor", "retention.alpr.ceiling"),
            ("purge.approvals", "hold.triggers", "retention.authority"),
        ),
        "How long data is kept, or how its destruction is decided, is not stated.",
    ),
    _Wanted(
        "§ 1798.90.53(b)(2)(C)",
        "A process for periodic system audits (end-users)",
        (("audit.queries",),),
        "No periodic audit is stated.",
    ),
)


def measure(profile: Profile, at: datetime) -> list[Element]:
    """Each element with what states it. One query, for the custodian."""
    custodian = Designation.objects.at(at).filter(kind=Designation.Kind.CUSTODIAN).order_by("-starts_at").first()
    return [_element(wanted, profile, custodian) for wanted in _WANTED]


def _element(wanted: _Wanted, profile: Profile, custodian: Designation | None) -> Element:
    groups = [[pair for key in group for pair in _stated(key, profile, custodian)] for group in wanted.keys]
    gap = "" if all(groups) else wanted.gap
    if wanted.code.endswith("(G)") and profile.conflicts and not gap:
        gap = _contradicted(profile)
    stated = tuple(dict.fromkeys(pair for group in groups for pair in group))
    return Element(wanted.code, wanted.asked, stated, gap)


def _contradicted(profile: Profile) -> str:
    """A length of time that two texts give differently is not stated."""
    sides = [side for one in profile.conflicts if one.name == "retention" for side in one.sides]
    if not sides:
        return ""
    return "Two texts contradict each other: " + " and ".join(f"{side.value} ({side.citation})" for side in sides) + "."


def _stated(key: str, profile: Profile, custodian: Designation | None) -> Iterator[tuple[str, Citation]]:
    if key == "purposes":
        yield from ((one.label, one.citation) for one in profile.purposes)
    elif key == "custodian":
        if custodian:
            since = f"since {custodian.starts_at:%Y-%m-%d}"
            yield custodian.title, Citation("Designation on the roster", custodian.letter or since)
    elif (value := profile.values.get(key)) is not None and _of_the_agency(value):
        yield f"{key}: {value.citation.text}", value.citation


def _of_the_agency(value: Value) -> bool:
    """What the product chose, or another order asks for, is no text of the agency's policy."""
    return value.strength != "product choice" and not value.citation.instrument.startswith(("Platekeeper", "CJIS"))

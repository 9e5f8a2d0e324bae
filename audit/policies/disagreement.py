"""Where the orders of the two departments disagree, matter by matter, from the values of the profiles that ship.

What a text says without being a value of its profile stands here in a short paraphrase with its section. Pure.
"""

from dataclasses import dataclass

from audit import policy
from audit.policies.difference import show
from audit.policies.document import Profile, Value
from audit.refusals import Citation

ORDER = "SPD General Order 525.08"
POLICY = "EGPD Policy 462"
PAGE = "EGPD ALPR transparency page"
COLUMNS = (ORDER, POLICY, PAGE)


@dataclass(frozen=True, slots=True)
class Word:
    """What one text says on a matter: the value the product works by ("" where it works by none), and the clause."""

    shown: str
    citation: Citation
    strength: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """One of the matters; ``said`` has the words of order, policy and page, () where a text is silent."""

    number: int
    topic: str
    said: tuple[tuple[Word, ...], ...]
    note: str

    @property
    def cells(self) -> list[tuple[str, tuple[Word, ...]]]:
        """(name of the text, its words), for a table."""
        return list(zip(COLUMNS, self.said, strict=True))


@dataclass(frozen=True, slots=True)
class _Row:
    topic: str
    note: str
    keys: tuple[str, ...] = ()
    prohibited: tuple[str, ...] = ()
    others: tuple[Citation, ...] = ()


_ROWS = (
    _Row(
        "How long plate reads are kept",
        "Elk Grove's policy and page contradict each other; no purge obeys both, so purges wait for a determination.",
        ("retention.alpr.floor", "retention.alpr.ceiling"),
    ),
    _Row(
        "The law the floor rests on",
        "Section 34090.6 also asks for the council's approval and the attorney's written consent.",
        ("retention.authority", "purge.approvals"),
    ),
    _Row(
        "How often queries are audited",
        "Ninety days are no calendar quarter: due dates drift. The kind of rule is kept, not a number.",
        ("audit.queries",),
        others=(Citation(POLICY, "462.5(3)", "System audits should be conducted on a regular basis."),),
    ),
    _Row(
        "What is audited",
        "Devices and queries in one text, the system or its data in the others.",
        ("audit.devices", "audit.queries"),
        others=(Citation(POLICY, "462.5(3)", "Audits are of the ALPR system."),),
    ),
    _Row(
        "What a search needs",
        "The page asks for a case number of everyone, the policy for a legitimate purpose, the order for a purpose.",
        ("query.requires",),
        others=(
            Citation(ORDER, "B.1", "Use is for official law enforcement purposes only."),
            Citation(POLICY, "462.5(2)", "Access is for legitimate purposes, such as a specific investigation."),
        ),
    ),
    _Row(
        "Who verifies a hit",
        "Opposite people and opposite force: the dispatcher and never the officer's own computer, or the officer.",
        ("hit.verifier", "hit.verification", "hit.human_verified"),
    ),
    _Row(
        "Whether a hit alone is a basis for action",
        "The order never allows it; the policy speaks of action based solely on an alert, after checking.",
        ("hit.sole_basis_allowed",),
        others=(Citation(POLICY, "462.3(f)", "An alert is verified before action that is based solely on it."),),
    ),
    _Row(
        "Reasonable suspicion or probable cause",
        "These agree: a stop needs it, a search does not. Neither gives the other.",
        others=(
            Citation(ORDER, "D.4", "A stop needs independent reasonable suspicion or probable cause."),
            Citation(POLICY, "462.3(2)", "Using an ALPR needs neither reasonable suspicion nor probable cause."),
        ),
    ),
    _Row("Traffic enforcement", "Only the page forbids it.", prohibited=("traffic",)),
    _Row("Who may be given data", "Prosecutors only in Elk Grove.", ("share.recipient_classes",)),
    _Row("The steps of a release", "A partner's status here, a written request on file there.", ("share.steps",)),
    _Row(
        "Out-of-state, federal and private recipients",
        "The order bars giving; Elk Grove's list of those who give to it names such parties. Direction matters.",
        others=(Citation(ORDER, "C.4", "No data to private entities, out-of-state or federal agencies."),),
    ),
    _Row("Immigration enforcement", "The policy itself is silent.", prohibited=("immigration",)),
    _Row("Gender-affirming health care", "Only the order speaks of it.", prohibited=("health_care",)),
    _Row(
        "What is held back from destruction",
        "Elk Grove's is wider in time (what may become evidence), Sacramento's in kind (administrative).",
        ("hold.triggers",),
    ),
    _Row(
        "Where evidence goes",
        "A repository or portable media.",
        others=(
            Citation(ORDER, "F.4.b", "Video evidence is booked into the department's authorized repository."),
            Citation(POLICY, "462.4", "Data is downloaded onto portable media and booked into evidence."),
        ),
    ),
    _Row("Hot plates", "Elk Grove has no rule of its own.", ("hotplate.requires", "hotplate.max_ttl")),
    _Row("Parts of a plate", "The order is silent.", ("hotplate.partial",)),
    _Row(
        "The public's access",
        "“Not open to public review” is no ground by itself to deny a request under the Public Records Act.",
        others=(
            Citation(ORDER, "K.1", "Requests for records follow General Order 320.05; donor video is excluded (G.1)."),
            Citation(POLICY, "462.6", "The data is not open to public review."),
        ),
    ),
    _Row(
        "How long the record of access is kept",
        "The order is silent; the product keeps it for ever.",
        ("accesslog.retention",),
        others=(Citation(POLICY, "462.5(1)", "All access is documented by name, date and time."),),
    ),
)


def matters() -> list[Matter]:
    """The twenty matters, in order."""
    profiles = policy.shipped()
    return [
        Matter(number, row.topic, tuple(_said(row, column, profiles) for column in COLUMNS), row.note)
        for number, row in enumerate(_ROWS, start=1)
    ]


def _said(row: _Row, column: str, profiles: list[Profile]) -> tuple[Word, ...]:
    """The words of one text; a value the product chose where the text is silent is none of the text's."""
    words = [Word("", one) for one in row.others if one.instrument == column]
    for profile in profiles:
        sides = [side for conflict in profile.conflicts for side in conflict.sides if side.key in row.keys]
        for value in [*(profile.values[key] for key in row.keys if key in profile.values), *sides]:
            chosen = value.strength == "product choice"
            if value.citation.instrument == column and not chosen and not _known(value, words):
                words.append(Word(show(value.value), value.citation, value.strength))
        for use in profile.prohibitions:
            if use.code in row.prohibited and use.citation.instrument == column:
                words.append(Word("forbidden", use.citation))
    return tuple(words)


def _known(value: Value, words: list[Word]) -> bool:
    """Whether the value is there already, from the side of a contradiction or from another profile."""
    return any((one.shown, one.citation.section) == (show(value.value), value.citation.section) for one in words)

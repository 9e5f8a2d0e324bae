"""The vocabulary of "no": a refusal names a rule, the rule names its law, and every door says it alike."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule is written: the instrument, its section, and the clause in plain words."""

    instrument: str
    section: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.instrument}, {self.section}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing the law or the policy forbids. ``code`` is stable: pages, API, ledger and tests use it."""

    code: str
    citation: Citation
    next_step: str

    def refuse(
        self, reason: str, *, cited: Citation | None = None, next_step: str = "", profile: str = ""
    ) -> "Refusal":
        """Make the refusal; ``cited`` overrides the citation where the active profile has its own clause."""
        return Refusal(self, reason, cited or self.citation, next_step or self.next_step, profile)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A particular "no": the rule, one plain sentence, the clause, and what to do next."""

    rule: Rule
    reason: str
    citation: Citation
    next_step: str
    profile: str = ""

    @property
    def code(self) -> str:
        return self.rule.code


class Refused(Exception):
    """Raised inside an act to end it: everything is rolled back, and the refusal itself is recorded.

    ``record_index`` is the ledger index of the refusal once ``ledger.act`` has written it.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal
        self.record_index: int | None = None

    def as_dict(self) -> dict[str, str | int | None]:
        """The answer for machines: ``{code, reason, citation, profile, next_step, record}``."""
        return {
            "code": self.refusal.code,
            "reason": self.refusal.reason,
            "citation": str(self.refusal.citation),
            "clause": self.refusal.citation.text,
            "profile": self.refusal.profile,
            "next_step": self.refusal.next_step,
            "record": self.record_index,
        }

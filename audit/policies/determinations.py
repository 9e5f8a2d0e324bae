"""Signed answers to contradictions between an agency's own texts, and what waits until one is on file."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from audit import gate, ledger, policy
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.models import PolicyDetermination
from audit.policies import rules
from audit.policies.prepare import PURPOSE, require
from audit.refusals import Refused

# What a conflict's ``blocks`` names, in words.
RELEASES = {
    "purge": "planning, approving and running purges",
    "publish.retention": "publishing how long reads are kept",
}


@dataclass(frozen=True, slots=True)
class Paper:
    """What the signed paper says: who signed (name and title), when, why, and where it lies."""

    chosen: str
    reasoning: str
    signed_by: str
    signed_on: date
    reference: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A contradiction, what waits for its answer, and the answers on file, newest first."""

    conflict: policy.Conflict
    waits: tuple[str, ...]
    answers: tuple[PolicyDetermination, ...]

    @property
    def answer(self) -> PolicyDetermination | None:
        """The answer that counts: the one filed last."""
        return self.answers[0] if self.answers else None


def file(*, conflict: str, paper: Paper, by: Asker, at: datetime) -> PolicyDetermination:
    """File the determination of a contradiction of the policy in force. A later one takes its place; none is changed.

    Raises Refused.
    """
    with ledger.act(Action.POLICY_DETERMINE, by=by, at=at, purpose=PURPOSE, reason=paper.reasoning) as record:
        profile = gate.admit(by, Ability.MANAGE_POLICY, at=at)
        record.about("policy conflict", conflict[:64], profile.stamp)
        found = next((one for one in profile.conflicts if one.name == conflict), None)
        if found is None:
            raise Refused(rules.NO_CONFLICT.refuse("There is no such contradiction.", profile=profile.stamp))
        require(rules.refuse_choice(paper.chosen, found, profile))
        today = at.astimezone(ZoneInfo(settings.AGENCY["zone"])).date()
        texts = (paper.reasoning, paper.signed_by, paper.reference)
        require(rules.refuse_unsigned(texts, paper.signed_on, today, profile))
        row = PolicyDetermination.objects.create(
            profile=profile.id,
            conflict=conflict,
            chosen=paper.chosen,
            reasoning=paper.reasoning.strip(),
            signed_by=paper.signed_by.strip(),
            signed_on=paper.signed_on,
            paper=paper.reference.strip(),
            filed_by=by.member,
            filed_at=at,
        )
        record.detail = {
            "chosen": row.chosen,
            "signed_by": row.signed_by,
            "signed_on": row.signed_on.isoformat(),
            "paper": row.paper,
            "releases": list(found.blocks),
        }
    return row


def standings(profile: policy.Profile) -> list[Standing]:
    """Each contradiction of a profile with its answers. One query, none where there is no contradiction."""
    if not profile.conflicts:
        return []
    filed = PolicyDetermination.objects.filter(profile=profile.id).select_related("filed_by")
    rows = list(filed.order_by("-filed_at", "-pk"))
    return [
        Standing(
            one,
            tuple(RELEASES.get(block, block) for block in one.blocks),
            tuple(row for row in rows if row.conflict == one.name),
        )
        for one in profile.conflicts
    ]

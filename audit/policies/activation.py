"""Putting a version in force: one person proposes, another decides, and history is never changed (CM-3, AC-5)."""

from datetime import datetime
from uuid import UUID

from django.urls import reverse

from audit import gate, ledger, notices, people, policy
from audit.abilities import ABILITIES, Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.models import ActivationProposal, PolicyActivation, RoleGrant, User
from audit.policies import rules
from audit.policies.prepare import PURPOSE, keep_shipped, require
from audit.policies.weakening import weakened

DECIDERS = (Ability.APPROVE_POLICY, Ability.MANAGE_POLICY)


def propose(*, stamp: str, effective_from: datetime, note: str, by: Asker, at: datetime) -> ActivationProposal:
    """Propose that a version be in force from an instant on. Raises UnknownStamp or Refused."""
    subject = ("policy", stamp.partition("@")[0], stamp)
    with ledger.act(Action.POLICY_PROPOSE, by=by, at=at, purpose=PURPOSE, reason=note, subject=subject) as record:
        now = gate.admit(by, Ability.MANAGE_POLICY, at=at)
        profile = policy.of_stamp(stamp)
        require(rules.refuse_note(note, now))
        require(rules.refuse_past(effective_from, at, now))
        until_then = policy.in_force(effective_from)
        require(rules.refuse_in_force_already(until_then.stamp == profile.stamp, now))
        kept = keep_shipped(profile, at)
        row = ActivationProposal.objects.create(
            profile=profile.id,
            version=profile.version,
            effective_from=effective_from,
            note=note.strip(),
            proposed_by=by.member,
            proposed_at=at,
        )
        record.detail = {
            "proposal": str(row.pk),
            "effective_from": effective_from.isoformat(),
            "instead_of": until_then.stamp,
            "sha256": kept.sha256,
            "weakened": weakened(until_then, profile),
        }
        _tell_deciders(row, by.member, at)
    return row


def decide(*, proposal_id: UUID, approve: bool, words: str, by: Asker, at: datetime) -> ActivationProposal:
    """Approve or refuse somebody else's proposal, once. Approved, it stands in the history of what is in force.

    Raises ActivationProposal.DoesNotExist or Refused.
    """
    with ledger.act(Action.POLICY_DECIDE, by=by, at=at, purpose=PURPOSE, reason=words) as record:
        now = admit_decider(by, at)
        # Nothing joined: a row that had to be waited for comes with its joins as they were before the wait.
        row = ActivationProposal.objects.select_for_update().get(pk=proposal_id)
        record.about("policy", row.profile, f"{row.profile}@{row.version}")
        record.detail = {"proposal": str(row.pk), "effective_from": row.effective_from.isoformat()}
        require(rules.refuse_decided(row.decided_by.display_name if row.decided_by else "", now))
        require(rules.refuse_same_person(people.same_person(by.member, row.proposed_by), now))
        if approve:
            require(rules.refuse_past(row.effective_from, at, now))
            until_then = policy.in_force(row.effective_from)
            taken_away = weakened(until_then, policy.of_stamp(f"{row.profile}@{row.version}"))
            record.detail |= {"instead_of": until_then.stamp, "decision": "approved", "weakened": taken_away}
        else:
            require(rules.refuse_note(words, now))
            record.detail |= {"decision": "refused"}
        row.decision = ActivationProposal.Decision.APPROVED if approve else ActivationProposal.Decision.REFUSED
        row.decided_by, row.decided_at, row.decision_words = by.member, at, words.strip()
        row.save(update_fields=["decision", "decided_by", "decided_at", "decision_words"])
        if approve:
            _activate(row)
        notices.tell(
            [row.proposed_by],
            key=f"policy-decided-{row.pk}",
            words=f"{by.member.display_name} {row.decision} the policy you proposed.",
            path=reverse("audit:policy_proposal", args=[row.pk]),
            at=at,
        )
    return row


def put_first(*, profile_id: str, by: Asker, at: datetime, note: str) -> PolicyActivation:
    """Put a shipped profile in force where none ever was: the one activation without a second person.

    For the installation's own command and the demonstration. Raises ProfileError or Refused.
    """
    profile = policy.load(profile_id)
    with ledger.act(Action.POLICY_ACTIVATE, by=by, at=at, purpose="system", reason=note) as record:
        require(rules.refuse_not_first(PolicyActivation.objects.exists(), profile))
        kept = keep_shipped(profile, at)
        row = PolicyActivation.objects.create(
            profile=profile.id, version=profile.version, effective_from=at, activated_by=by.user, note=note[:300]
        )
        record.about("policy", profile.id, profile.stamp)
        record.detail = {"sha256": kept.sha256, "effective_from": at.isoformat()}
    return row


def admit_decider(by: Asker, at: datetime) -> policy.Profile:
    """Let one through who may approve policies, or who manages them. Raises Refused."""
    held = abilities_of(by.user, at) if by.user else frozenset()
    wanted = next((ability for ability in DECIDERS if ability in held), Ability.APPROVE_POLICY)
    return gate.admit(by, wanted, at=at)


def _activate(row: ActivationProposal) -> None:
    PolicyActivation.objects.create(
        profile=row.profile,
        version=row.version,
        effective_from=row.effective_from,
        activated_by=row.decided_by,
        note=row.note[:300],
        proposal=row,
    )


def _tell_deciders(row: ActivationProposal, asker: User, at: datetime) -> None:
    roles = [role for role, held in ABILITIES.items() if not held.isdisjoint(DECIDERS)]
    able = RoleGrant.objects.at(at).filter(role__in=roles).values("user")
    there = User.objects.filter(pk__in=able, is_active=True, organisation="").exclude(pk=asker.pk)
    deciders = [one for one in there if not abilities_of(one, at).isdisjoint(DECIDERS)]
    notices.tell(
        deciders,
        key=f"policy-proposed-{row.pk}",
        words=f"{asker.display_name} proposes a change of the policy in force. Another person decides.",
        path=reverse("audit:policy_proposal", args=[row.pk]),
        at=at,
    )

"""Preparing the next version of a profile: the whole text, checked, kept with its fingerprint and never changed."""

from datetime import datetime

from django.db import IntegrityError, transaction

from audit import gate, ledger, policy
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.models import ProfileVersion
from audit.policies import document, rules
from audit.policies.difference import compare
from audit.refusals import Refusal, Refused

PURPOSE = "policy"


def check(text: str) -> policy.Profile:
    """The profile of a text typed in. Raises ProfileError with everything that is wrong with it."""
    raw = document.raw_of(text, "text")
    found = (*document.problems(raw), *_unknown_functions(raw))
    if found:
        raise document.ProfileError("text", found)
    return document.read(text, "text")


def _unknown_functions(raw: dict) -> list[document.Problem]:
    """Functions a phone or vehicle computer is to be allowed that no function is called."""
    known = {str(ability) for ability in Ability}
    rows = [row for row in raw.get("value", []) if isinstance(row, dict)]
    return [
        document.Problem(str(row["key"]), f"there is no function “{name}”", str(row["key"]))
        for row in rows
        if str(row.get("key", "")).startswith("field.") and isinstance(row.get("value"), list)
        for name in row["value"]
        if name not in known
    ]


def prepare(*, text: str, note: str, based_on: str, by: Asker, at: datetime) -> ProfileVersion:
    """Keep the next version; it changes nothing until it is put in force.

    Raises ProfileError (every problem), UnknownStamp (of ``based_on``) or Refused.
    """
    with ledger.act(Action.POLICY_PREPARE, by=by, at=at, purpose=PURPOSE, reason=note) as record:
        now = gate.admit(by, Ability.MANAGE_POLICY, at=at)
        base = policy.of_stamp(based_on)
        profile = check(text)
        record.about("policy", profile.id, profile.stamp)
        require(rules.refuse_note(note, now))
        require(rules.refuse_version(is_taken(profile), profile.stamp, now))
        changes = compare(base, profile)
        require(rules.refuse_nothing_new(changes, now))
        row = ProfileVersion(
            profile=profile.id,
            version=profile.version,
            text=text,
            sha256=document.sha256_of(text),
            based_on=base.stamp,
            note=note.strip(),
            prepared_by=by.member,
            prepared_at=at,
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:  # the same name a moment ago, by somebody else
            require(rules.refuse_version(True, profile.stamp, now))
        record.detail = {
            "sha256": row.sha256,
            "based_on": base.stamp,
            "changes": [f"{change.kind} {change.part} {change.name}" for change in changes],
        }
    return row


def keep_shipped(profile: policy.Profile, at: datetime) -> ProfileVersion:
    """The kept text of a version; a shipped one is kept now, so that no upgrade can change what it said.

    Part of the caller's act.
    """
    text = policy.text_of(profile.stamp)
    row, _ = ProfileVersion.objects.get_or_create(
        profile=profile.id,
        version=profile.version,
        defaults={
            "text": text,
            "sha256": document.sha256_of(text),
            "based_on": "",
            "note": "As it ships.",
            "prepared_by": None,
            "prepared_at": at,
        },
    )
    return row


def is_taken(profile: policy.Profile) -> bool:
    """Whether the version's name stands for a text already, kept or shipped."""
    if any(one.stamp == profile.stamp for one in policy.shipped()):
        return True
    return ProfileVersion.objects.filter(profile=profile.id, version=profile.version).exists()


def require(refusal: Refusal | None) -> None:
    """Raise the refusal, if there is one."""
    if refusal:
        raise Refused(refusal)

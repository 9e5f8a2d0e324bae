"""Certificates of purges: the signed statement of what was destroyed, under what, and by whose approval."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from audit import signing
from audit.models import LedgerEntry, PolicyDetermination
from audit.policy import Profile
from detections.models import PurgeApproval, PurgeCertificate, PurgePlan
from detections.retention.id_files import IdList
from detections.retention.terms import Terms

FORM = "Platekeeper purge certificate 1"
TREE = "RFC 9162, SHA-256; leaf: the 16 bytes of a read's id; ids ascending by their bytes"


def day_of(at: datetime) -> date:
    """The agency's calendar day of the instant."""
    return at.astimezone(ZoneInfo(settings.AGENCY["zone"])).date()


def certify(
    certificate: PurgeCertificate,
    *,
    profile: Profile,
    terms: Terms,
    ids: IdList,
    approvals: Iterable[PurgeApproval],
    counts: dict[str, int],
    holds: dict[UUID, int],
) -> PurgeCertificate:
    """Write the statement, sign it and store the certificate. Raises audit.signing.SigningUnavailable."""
    certificate.root, certificate.ids_sha256 = ids.root, ids.sha256
    certificate.ids_file, certificate.chunks = ids.name, ids.chunks
    certificate.reads_destroyed = ids.size
    statement = _statement(certificate, profile, terms, approvals, counts, holds)
    certificate.statement = json.dumps(statement, sort_keys=True, ensure_ascii=False, indent=1)
    signature = signing.sign(certificate.statement.encode())
    certificate.signature, certificate.key_id = signature.value, signature.key_id
    certificate.public_key = signing.public_key_pem()
    certificate.save(force_insert=True)
    return certificate


def is_authentic(certificate: PurgeCertificate) -> bool:
    """Whether the statement still bears the signature it was given, and the root is the one signed."""
    if not certificate.statement:
        return False
    signed = signing.verify(certificate.statement.encode(), bytes(certificate.signature), certificate.public_key)
    return signed and json.loads(certificate.statement)["tree"]["root"] == certificate.root


def record_of(certificate: PurgeCertificate) -> int | None:
    """The index of its ledger record, also where a stop came before the certificate could note it."""
    if certificate.record_index is not None:
        return certificate.record_index
    found = LedgerEntry.objects.filter(subject_type="purge", subject_id=str(certificate.pk)).order_by("index").first()
    return found.index if found else None


def number_records() -> int:
    """Write down on new certificates which ledger record is theirs; how many. Safe to run twice."""
    numbered = 0
    for certificate in PurgeCertificate.objects.filter(record_index=None).only("pk"):
        if (index := record_of(certificate)) is not None:
            numbered += PurgeCertificate.objects.filter(pk=certificate.pk).update(record_index=index)
    return numbered


def as_json(certificate: PurgeCertificate) -> dict[str, Any]:
    """The certificate for machines: the signed text as it is, its signature, and where it stands on the ledger."""
    return {
        "form": FORM,
        "statement": certificate.statement,
        "signature": bytes(certificate.signature).hex(),
        "signature_form": "Ed25519 (RFC 8032) over the UTF-8 bytes of the statement",
        "key_id": certificate.key_id,
        "public_key": certificate.public_key,
        "ledger_record": record_of(certificate),
    }


def _statement(
    certificate: PurgeCertificate,
    profile: Profile,
    terms: Terms,
    approvals: Iterable[PurgeApproval],
    counts: dict[str, int],
    holds: dict[UUID, int],
) -> dict[str, Any]:
    plan = certificate.plan
    return {
        "form": FORM,
        "id": str(certificate.pk),
        "agency": settings.AGENCY["name"],
        "run_at": certificate.run_at.isoformat(),
        "captured": {"from": _iso(plan.first if plan else None), "to": _iso(plan.upto if plan else None)},
        "first_and_last_read": [_iso(certificate.earliest), _iso(certificate.latest)],
        "destroyed_before": certificate.cutoff.isoformat(),
        "policy": {
            "profile": profile.stamp,
            "floor": terms.floor,
            "ceiling": terms.ceiling,
            "authority": profile.get("retention.authority", []),
            "determinations": _determinations(profile, certificate.run_at),
        },
        "plan": _plan(plan),
        "approvals": [_approval(approval) for approval in approvals],
        "destroyed": {"reads": certificate.reads_destroyed, **counts},
        "kept": {
            "held": certificate.reads_held,
            "with_open_hits": certificate.reads_with_open_hits,
            "holds": {str(hold): count for hold, count in sorted(holds.items(), key=str)},
        },
        "tree": {
            "form": TREE,
            "size": certificate.reads_destroyed,
            "root": certificate.root,
            "ids_sha256": certificate.ids_sha256,
        },
    }


def _plan(plan: PurgePlan | None) -> dict[str, Any] | None:
    if plan is None:
        return None
    made = {"id": str(plan.pk), "made_at": _iso(plan.made_at), "reads": plan.reads, "root": plan.root}
    return made | {"partition": plan.partition}


def _approval(approval: PurgeApproval) -> dict[str, Any]:
    return {
        "of": approval.kind,
        "by": approval.approved_by.display_name,
        "at": approval.approved_at.isoformat(),
        "resolution": approval.note,
        "consent": approval.consent,
        "paper_sha256": approval.paper_sha256,
    }


def _determinations(profile: Profile, at: datetime) -> list[dict[str, str]]:
    if not profile.conflicts:
        return []
    filed = PolicyDetermination.objects.filter(profile=profile.id, filed_at__lte=at).order_by("filed_at", "pk")
    return [
        {
            "about": one.conflict,
            "chosen": one.chosen,
            "signed_by": one.signed_by,
            "signed_on": one.signed_on.isoformat(),
        }
        for one in filed
    ]


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None

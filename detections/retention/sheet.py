"""A certificate told in words: for the page and for the sheet of paper."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from audit import paper
from detections.models import PurgeApproval, PurgeCertificate
from detections.retention import certificates
from detections.rules.searches import in_words

_COUNTED = {
    "photos": "Photographs destroyed",
    "hits": "Closed hits destroyed",
    "corrections": "Corrections destroyed",
    "quarantined": "Quarantined reads destroyed",
}


def told(certificate: PurgeCertificate) -> dict[str, Any]:
    """The signed statement in words: pairs of a name and a value, approvals, holds and determinations."""
    said = json.loads(certificate.statement)
    policy, destroyed, kept = said["policy"], said["destroyed"], said["kept"]
    facts = [
        ("Carried out", _instant(said["run_at"])),
        ("Reads captured", _range(said["captured"]["from"], said["captured"]["to"])),
        ("First and last of them", _range(*said["first_and_last_read"])),
        ("Reads destroyed", f"{destroyed['reads']:,}"),
        *((name, f"{destroyed[key]:,}") for key, name in _COUNTED.items()),
        ("Kept under holds", f"{kept['held']:,}"),
        ("Kept for open hits", f"{kept['with_open_hits']:,}"),
        ("Policy", policy["profile"]),
        ("Floor and ceiling", f"{in_words(policy['floor']) or 'none'} and {in_words(policy['ceiling'])}"),
        ("Authority", "; ".join(policy["authority"]) or "not named"),
    ]
    return {
        "facts": facts,
        "approvals": [_approval(one) for one in said["approvals"]],
        "holds": [(hold, f"{count:,}") for hold, count in kept["holds"].items()],
        "determinations": [
            f"{one['about']}: {one['chosen']}, signed by {one['signed_by']} on {one['signed_on']}"
            for one in policy["determinations"]
        ],
        "tree": said["tree"],
    }


def pdf(certificate: PurgeCertificate) -> bytes:
    """The certificate as a PDF; the same bytes each time. Raises audit.paper.PaperError."""
    data = told(certificate) | {
        "agency": settings.AGENCY["name"],
        "id": str(certificate.pk),
        "signature": bytes(certificate.signature).hex(),
        "key_id": certificate.key_id,
        "public_key": certificate.public_key,
        "record": certificates.record_of(certificate),
    }
    return paper.pdf("purge.typ", data, at=certificate.run_at)


def _approval(one: dict[str, str]) -> dict[str, str]:
    papers = [one["resolution"], one["consent"]]
    if one["paper_sha256"]:
        papers.append(f"attached paper, SHA-256 {one['paper_sha256']}")
    return {
        "of": PurgeApproval.Kind(one["of"]).label,
        "by": one["by"],
        "at": _instant(one["at"]),
        "papers": "; ".join(text for text in papers if text),
    }


def _range(first: str | None, last: str | None) -> str:
    if first is None or last is None:
        return "single reads" if first is None else _instant(first)
    return f"{_instant(first)} to {_instant(last)}"


def _instant(written: str) -> str:
    at = datetime.fromisoformat(written).astimezone(ZoneInfo(settings.AGENCY["zone"]))
    return f"{at:%b %-d, %Y %H:%M:%S %Z}"

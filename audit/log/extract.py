"""A released extract: some records with all that is needed to verify them, as JSON and as a paper with it attached."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from audit import gate, leaf, ledger, paper
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.log import export_lines, export_source, keys, proofs
from audit.log import rules_export as rules
from audit.log.export_folder import as_json
from audit.models import Checkpoint, LedgerEntry
from audit.refusals import Refusal, Refused

FORMAT = "platekeeper-ledger-extract v1"
SUBJECT = "ledger extract"
PAGE = "/log/verifier/"


@dataclass(frozen=True, slots=True)
class Release:
    """What for, for whom, and which sensitive fields are left out."""

    purpose: str
    reason: str
    recipient: str = ""
    withheld_fields: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Extract:
    """The extract as facts (``content``, of which the JSON is made) and the record of its release."""

    content: dict[str, Any]
    entries: list[LedgerEntry]
    checkpoint: Checkpoint
    release: Release
    record_index: int | None

    def json(self) -> bytes:
        """The extract for programs: ``platekeeper_verify.py`` checks these bytes."""
        return as_json(self.content)


def make_extract(*, by: Asker, at: datetime, indexes: Sequence[int], release: Release) -> Extract:
    """Release some records. The release is a record of its own. Raises Refused and NoCheckpoint."""
    wanted = sorted(set(indexes))
    # Nobody whom the gate will refuse has a checkpoint made.
    may = by.user is not None and Ability.READ_LEDGER in abilities_of(by.user, at)
    checkpoint = export_source.covering(wanted[-1] + 1, at) if may and wanted and _is_there(wanted[-1]) else None
    with ledger.act(
        Action.LEDGER_EXPORT,
        by=by,
        at=at,
        purpose=release.purpose or "none given",
        reason=release.reason,
        query={"records": _ranges(wanted[:2000]), "withheld_fields": list(release.withheld_fields)},
        subject=(SUBJECT, "", ""),
    ) as record:
        profile = gate.admit(by, Ability.READ_LEDGER, at=at)
        _raise(rules.refuse_request(release.purpose, release.reason, profile))
        found = LedgerEntry.objects.filter(index__in=wanted[: rules.MOST_EXTRACTED + 1])
        entries = list(found.select_related("clear", "actor").order_by("index"))
        _raise(rules.refuse_records(len(entries), len(wanted), profile))
        if checkpoint is None:
            raise export_source.NoCheckpoint("There is no checkpoint over these records.")
        record.result_count = len(entries)
        record.detail = {"for": release.recipient, "checkpoint": checkpoint.size}
    content = {
        "format": FORMAT,
        "checkpoint": export_source.cosigned(checkpoint),
        "keys": keys.published(),
        "records": [_row(entry, checkpoint.size, release.withheld_fields) for entry in entries],
    }
    return Extract(content, entries, checkpoint, release, record.index)


def as_pdf(extract: Extract, *, at: datetime, verifier_sha256: str, site: str) -> bytes:
    """The extract on paper, every page with what is needed to verify it. Raises paper.PaperError."""
    root = bytes(extract.checkpoint.root).hex()
    data = {
        "agency": settings.AGENCY["name"],
        "purpose": rules.PURPOSES[extract.release.purpose],
        "reason": extract.release.reason,
        "recipient": extract.release.recipient,
        "record": extract.record_index,
        "made_at": leaf.instant(at),
        "origin": extract.checkpoint.origin,
        "size": extract.checkpoint.size,
        "root": root,
        "checkpoint": extract.content["checkpoint"],
        "verifier": f"{site}{PAGE}",
        "verifier_sha256": verifier_sha256,
        "records": [_sheet(entry, row) for entry, row in zip(extract.entries, extract.content["records"], strict=True)],
        "attached": extract.json().decode(),
    }
    return paper.pdf("extract.typ", data, at=at)


def _row(entry: LedgerEntry, size: int, withheld: Sequence[str]) -> dict[str, Any]:
    """One record: leaf and clear values as in an export, and its proof to the checkpoint."""
    body, clear = export_source.lines_of(entry, withheld)
    return {
        "index": entry.index,
        "leaf": body.decode().rstrip("\n"),
        "clear": clear.decode().rstrip("\n"),
        "proof": [base64.b64encode(piece).decode() for piece in proofs.inclusion(entry.index, size)],
    }


def _sheet(entry: LedgerEntry, row: dict[str, Any]) -> dict[str, Any]:
    """One record as the paper shows it."""

    clear = json.loads(row["clear"])
    words = {export_lines.WITHHELD: "[withheld]", export_lines.DESTROYED: "[destroyed at the end of its time]"}
    shown = {
        name: words.get(clear[name], "") if isinstance(clear[name], str) else clear[name]["value"] or "none"
        for name in leaf.SENSITIVE
    }
    facts = [
        ("When", leaf.instant(entry.at)),
        ("Written", leaf.instant(entry.recorded_at)),
        ("Who", f"{entry.username} ({entry.get_actor_kind_display()}), {entry.organisation}"),
        ("From", " ".join(filter(None, (entry.address, entry.device_class)))),
        ("Act", f"{entry.get_action_display()} ({entry.action})"),
        ("Outcome", str(entry.get_outcome_display())),
        ("Purpose", entry.purpose),
        ("Looked for", shown["query"]),
        ("Reason", shown["reason"]),
        ("Case", shown["case_number"]),
        ("Subject", " ".join(filter(None, (entry.subject_type, entry.subject_id)))),
        ("Name of subject", shown["subject_label"]),
        ("Found", "" if entry.result_count is None else str(entry.result_count)),
        ("Detail", shown["detail"]),
        ("Refused by", f"{entry.rule_code}, {entry.citation}" if entry.rule_code else ""),
        ("Policy", entry.profile),
    ]
    return {
        "index": entry.index,
        "facts": [[name, text] for name, text in facts if text],
        "leaf_hash": bytes(entry.leaf_hash).hex(),
        "proof": row["proof"],
    }


def _is_there(index: int) -> bool:
    return LedgerEntry.objects.filter(index=index).exists()


def _ranges(indexes: Sequence[int]) -> str:
    """Numbers as people write them: ``12, 15-18``."""
    pairs: list[list[int]] = []
    for index in indexes:
        if pairs and index == pairs[-1][1] + 1:
            pairs[-1][1] = index
        else:
            pairs.append([index, index])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in pairs)


def _raise(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)

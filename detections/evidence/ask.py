"""Ask for an evidence package: who, for which case, which reads. All of them or none. The file is made afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from audit import gate, ledger, signing
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from detections.evidence.custody import SUBJECT
from detections.models import Detection, EvidencePackage, ReadRef
from detections.photo_tokens import Look
from detections.rules import evidence as rules
from detections.searching.visible import visible


@dataclass(frozen=True, slots=True)
class Handing:
    """Whom the package is for and which report tells of it, in the person's own words; both may be ""."""

    recipient: str = ""
    report_number: str = ""


def ask_package(
    *, by: Asker, at: datetime, refs: Sequence[ReadRef], look: Look | None, handing: Handing | None = None
) -> EvidencePackage:
    """Put the package on record, to be made by ``build_package``. ``look`` is what the reads were found under.

    Raises Refused; and signing.SigningUnavailable before anything is recorded, since nothing leaves unsigned.
    """
    signing.key_id()
    handing = handing or Handing()
    wanted = sorted(set(refs), key=lambda ref: (ref.captured_at, ref.id))
    with ledger.act(
        Action.EVIDENCE_PACKAGE,
        by=by,
        at=at,
        purpose=look.purpose if look and look.purpose else "none given",
        reason=look.reason if look else "",
        case_number=look.case_number if look else "",
    ) as record:
        profile = gate.admit(by, Ability.EXPORT_EVIDENCE, at=at)
        if by.user is None or look is None:
            raise Refused(rules.EVIDENCE_CASE.refuse("These reads came without a look.", profile=profile.stamp))
        gate.check_purpose(look.purpose, look.reason, look.case_number, profile)
        _raise(rules.refuse_request(case_number=look.case_number, reads=len(wanted), profile=profile))
        reads = seen(wanted, at, profile, look.case_number)
        _raise(rules.refuse_gone(len(wanted), len(reads), profile))
        _raise(rules.refuse_size(sum(read.photo.size for read in reads if read.photo), profile))
        package = EvidencePackage.objects.create(
            made_by=by.user,
            asked_at=at,
            purpose=look.purpose,
            reason=look.reason,
            case_number=look.case_number,
            recipient=handing.recipient,
            report_number=handing.report_number,
            profile=profile.stamp,
            refs=[read.ref.as_list() for read in reads],
            read_count=len(reads),
        )
        record.about(SUBJECT, package.pk)
        record.result_count = len(reads)
        record.query = {"plates": sorted({read.plate for read in reads})}
        record.detail = {"reads": [str(read.pk) for read in reads], "for": handing.recipient}
    EvidencePackage.objects.filter(pk=package.pk).update(record_index=record.index)
    package.record_index = record.index
    return package


def seen(refs: Sequence[ReadRef], at: datetime, profile: Profile, case_number: str) -> list[Detection]:
    """Those of the reads that may be seen in this case now, with camera and picture. A query a read."""
    reads = visible(at, profile, case_number=case_number).select_related("camera", "photo")
    return [read for ref in refs if (read := reads.at(ref).first()) is not None]


def _raise(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)

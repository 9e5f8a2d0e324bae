"""Was this read destroyed, and when? From a read's id alone: the certificate, and the proof that leads to its root.

The ids on a certificate ascend, so an answer "not on this one" can be proved too: by the two neighbours between which
the id would stand.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from audit import gate, ledger, merkle
from audit.abilities import Ability, abilities_of
from audit.actions import Action, ActorKind
from audit.asker import Asker
from audit.ids import made_at
from detections.models import PurgeCertificate
from detections.retention import certificates, id_files, id_tree
from detections.retention.id_files import IdsDamaged

PURPOSE = "retention"
FORM = "Platekeeper proof of destruction 1"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of a read id; ``proof`` is None where no certificate lists it.

    ``proved`` says that the proof leads to the certificate's root and that its signature is whole. ``looked_at`` is
    the number of certificates searched, ``damaged`` those whose list of ids is gone or is not the one signed for.
    """

    read_id: UUID
    certificate: PurgeCertificate | None
    proof: id_tree.Proof | None
    proved: bool
    looked_at: int
    damaged: list[PurgeCertificate]
    record_index: int | None = None

    @property
    def path(self) -> list[str]:
        """The siblings from the leaf upwards, hex."""
        return [node.hex() for node in self.proof.path] if self.proof else []

    def as_json(self) -> dict[str, Any]:
        """The proof for machines, complete: anyone can follow it with SHA-256 and Ed25519 alone."""
        answer: dict[str, Any] = {
            "form": FORM,
            "read_id": str(self.read_id),
            "destroyed_by_us": self.proof is not None,
            "certificates_searched": self.looked_at,
            "lists_missing": [str(one.pk) for one in self.damaged],
        }
        if self.certificate is None or self.proof is None:
            return answer
        return answer | {
            "run_at": self.certificate.run_at.isoformat(),
            "proved": self.proved,
            "leaf": id_tree.read_leaf(self.read_id).hex(),
            "index": self.proof.index,
            "size": self.proof.size,
            "path": self.path,
            "root": self.certificate.root,
            "certificate": certificates.as_json(self.certificate),
        }


def prove_destroyed(*, read_id: UUID, by: Asker, at: datetime) -> Answer:
    """Look the id up on all certificates and prove what is found. Raises Refused."""
    subject = ("read", read_id, "")
    with ledger.act(Action.PURGE_PROVE, by=by, at=at, purpose=PURPOSE, subject=subject) as record:
        admit(by, at)
        answer = _look(read_id)
        record.result_count = int(answer.proof is not None)
        record.detail = {"certificate": str(answer.certificate.pk) if answer.certificate else ""}
    return Answer(
        answer.read_id,
        answer.certificate,
        answer.proof,
        answer.proved,
        answer.looked_at,
        answer.damaged,
        record.index,
    )


def admit(by: Asker, at: datetime) -> bool:
    """Let through who approves purges or reads the ledger, and the command on the machine; may they approve?

    Raises Refused.
    """
    if by.kind == ActorKind.SYSTEM:
        return False
    may_approve = by.user is not None and Ability.APPROVE_PURGE in abilities_of(by.user, at)
    gate.admit(by, Ability.APPROVE_PURGE if may_approve else Ability.READ_LEDGER, at=at)
    return may_approve


def verify(read_id: UUID, proof: id_tree.Proof, certificate: PurgeCertificate) -> bool:
    """Whether the proof leads from the id to the certificate's root, and that root is the one signed."""
    reaches = id_tree.verify(id_tree.read_leaf(read_id), proof, bytes.fromhex(certificate.root))
    return reaches and proof.size == certificate.reads_destroyed and certificates.is_authentic(certificate)


def _look(read_id: UUID) -> Answer:
    """Search the likeliest certificates first: those of the days around the instant at which the id was made."""
    all_of_them = list(PurgeCertificate.objects.filter(reads_destroyed__gt=0).exclude(ids_file=""))
    try:
        near = made_at(read_id)
    except OverflowError:  # no id of ours: any order will do
        near = datetime.max.replace(tzinfo=UTC)
    all_of_them.sort(key=lambda one: abs((one.latest or one.run_at) - near))
    damaged: list[PurgeCertificate] = []
    for number, certificate in enumerate(all_of_them, start=1):
        try:
            proof = _proof(read_id, certificate)
        except IdsDamaged:
            damaged.append(certificate)
            continue
        if proof is not None:
            return Answer(read_id, certificate, proof, verify(read_id, proof, certificate), number, damaged)
    return Answer(read_id, None, None, proved=False, looked_at=len(all_of_them), damaged=damaged)


def _proof(read_id: UUID, certificate: PurgeCertificate) -> id_tree.Proof | None:
    """The proof that the id is on the certificate; None where it is not. Raises IdsDamaged."""
    size, chunks = certificate.reads_destroyed, id_tree.unpack(bytes(certificate.chunks))
    with id_files.reader(certificate.ids_file, size) as read_ids:
        index, there = id_tree.find(read_id, size, read_ids)
        if there:
            return id_tree.prove(index, size, chunks, read_ids)
        _prove_absent(index, certificate, chunks, read_ids)
        return None


def _prove_absent(index: int, certificate: PurgeCertificate, chunks: list[bytes], read_ids: id_tree.ReadIds) -> None:
    """Make sure of a "no": the neighbours that leave no room for the id must stand on the signed list themselves.

    Raises IdsDamaged where one does not.
    """
    size, root = certificate.reads_destroyed, bytes.fromhex(certificate.root)
    for beside in (index - 1, index):
        if 0 <= beside < size:
            proof = id_tree.prove(beside, size, chunks, read_ids)
            if not id_tree.verify(merkle.leaf_hash(read_ids(beside, 1)), proof, root):
                raise IdsDamaged(certificate.ids_file)

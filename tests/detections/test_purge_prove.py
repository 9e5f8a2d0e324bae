"""From a read's id alone anyone learns whether and when it was destroyed, and can follow the proof."""

import json
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from audit.actions import Action
from audit.asker import system
from audit.models import User
from audit.refusals import Refused
from detections.models import PurgeCertificate
from detections.retention import id_tree, sheet
from detections.retention.execute import carry_out
from detections.retention.prove import prove_destroyed
from tests import make
from tests.detections import purging
from tests.detections.purging import NOON
from tests.detections.searching import last_entry


@pytest.fixture
def custodian(db: None) -> User:
    purging.partition()
    return make.user("custodian", "custodian", trained=False)


@pytest.fixture
def destroyed(custodian: User) -> tuple[list[UUID], list[UUID], PurgeCertificate]:
    """Ids of destroyed reads, ids of held ones, and the certificate."""
    reads = purging.reads(50)
    purging.hold(custodian, *reads[:2])
    certificate = carry_out(plan_id=purging.approved(custodian).pk, at=NOON)
    return [read.pk for read in reads[2:]], [read.pk for read in reads[:2]], certificate


def test_every_destroyed_read_is_proved_and_no_other(destroyed) -> None:
    gone, held, certificate = destroyed
    for one in gone:
        answer = prove_destroyed(read_id=one, by=system("test"), at=NOON)
        assert answer.proved
        assert answer.certificate == certificate
    for one in (*held, uuid4()):
        answer = prove_destroyed(read_id=one, by=system("test"), at=NOON)
        assert (answer.proof, answer.proved, answer.looked_at, answer.damaged) == (None, False, 1, [])
    assert last_entry().action == Action.PURGE_PROVE


def test_a_stranger_can_follow_the_proof_with_public_means(destroyed) -> None:
    gone = destroyed[0]
    told = json.loads(json.dumps(prove_destroyed(read_id=gone[7], by=system("test"), at=NOON).as_json()))
    certificate = told["certificate"]
    key = load_pem_public_key(certificate["public_key"].encode())
    key.verify(bytes.fromhex(certificate["signature"]), certificate["statement"].encode())
    statement = json.loads(certificate["statement"])
    proof = id_tree.Proof(told["index"], told["size"], [bytes.fromhex(node) for node in told["path"]])
    leaf = id_tree.read_leaf(UUID(told["read_id"]))
    assert id_tree.verify(leaf, proof, bytes.fromhex(statement["tree"]["root"]))
    assert statement["destroyed"]["reads"] == told["size"] == 48
    assert statement["kept"]["held"] == 2
    assert [one["of"] for one in statement["approvals"]] == ["custodian"]


def test_a_statement_that_was_changed_proves_nothing(destroyed) -> None:
    gone, _, certificate = destroyed
    PurgeCertificate.objects.filter(pk=certificate.pk).update(
        statement=certificate.statement.replace('"reads": 48', '"reads": 47')
    )
    answer = prove_destroyed(read_id=gone[0], by=system("test"), at=NOON)
    assert answer.proof is not None
    assert not answer.proved


def test_a_list_that_is_gone_or_was_changed_is_told_and_not_taken_for_a_no(destroyed) -> None:
    gone, _, certificate = destroyed
    with default_storage.open(certificate.ids_file, "rb") as file:
        ids = file.read()
    default_storage.delete(certificate.ids_file)
    assert prove_destroyed(read_id=gone[0], by=system("test"), at=NOON).damaged == [certificate]
    default_storage.save(certificate.ids_file, ContentFile(bytes(len(ids))))
    assert prove_destroyed(read_id=gone[0], by=system("test"), at=NOON).damaged == [certificate]


def test_the_command_prints_the_proof_or_says_no(destroyed, capsys) -> None:
    call_command("prove_destroyed", str(destroyed[0][0]))
    assert json.loads(capsys.readouterr().out)["proved"] is True
    with pytest.raises(CommandError, match="Not destroyed by us"):
        call_command("prove_destroyed", str(uuid4()))


def test_only_who_approves_or_reads_the_ledger_may_ask(destroyed, detective: User, auditor: User) -> None:
    with pytest.raises(Refused) as caught:
        prove_destroyed(read_id=destroyed[0][0], by=make.by(detective), at=NOON)
    assert caught.value.refusal.code == "access.role"
    assert prove_destroyed(read_id=destroyed[0][0], by=make.by(auditor), at=NOON).proved


def test_the_certificate_is_a_tagged_paper_and_the_same_each_time(destroyed) -> None:
    certificate = destroyed[2]
    made = sheet.pdf(certificate)
    assert made.startswith(b"%PDF-")
    assert b"/MarkInfo" in made
    assert made == sheet.pdf(certificate)


@pytest.mark.parametrize("identifier", [UUID(int=0), UUID(int=2**128 - 1)])
def test_an_id_of_no_year_was_never_destroyed(destroyed, identifier: UUID) -> None:
    answer = prove_destroyed(read_id=identifier, by=system("test"), at=NOON)
    assert (answer.proof, answer.looked_at) == (None, 1)

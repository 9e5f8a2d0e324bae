"""The log's doors: open to anybody where nothing but hashes is shown, to auditors where a record is."""

import base64
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from audit import merkle
from audit.log import checkpoints, keys, notes, proofs
from audit.models import CheckpointCopy, LedgerEntry
from tests.make import NOON

pytestmark = pytest.mark.django_db
PUBLIC = ["/log/", "/log/checkpoint", "/log/checkpoints.txt", "/log/keys.json", "/log/consistency/2/4/",
          "/log/consistency/2/4/json/", "/api/v1/log/checkpoint/", "/api/v1/log/consistency/2/4/"]  # fmt: skip


@pytest.fixture
def sealed(grow):
    grow(4)
    return checkpoints.make(NOON)


def check_proof(text: str) -> tuple[int, dict]:
    """What an outsider does with a proof: index and leaf, once all of it holds."""
    head, middle, note = text.partition("\n\n")
    first, extra, place, *hashes = head.split("\n")
    assert (first, extra[:6], place[:6]) == ("c2sp.org/tlog-proof@v1", "extra ", "index ")
    leaf = base64.b64decode(extra[6:])
    signed = notes.verify(note, keys.known(note.split("\n")[0]))
    tree, index = notes.head_of(signed), int(place[6:])
    pieces = [base64.b64decode(piece) for piece in hashes]
    assert proofs.verify_inclusion(merkle.leaf_hash(leaf), index, tree.size, pieces, tree.root)
    return index, json.loads(leaf)


@pytest.mark.parametrize("path", PUBLIC)
def test_anybody_may_see_it_and_no_record_is_made_of_that(sealed, client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert LedgerEntry.objects.count() == 4


@pytest.mark.parametrize("path", [path for path in PUBLIC if "4" not in path])
def test_an_empty_log_is_no_error(db, client, path):
    assert client.get(path).status_code in (200, 404)


@pytest.mark.parametrize("path", ["/log/consistency/0/4/", "/log/consistency/4/2/json/", "/log/consistency/2/5/"])
def test_sizes_the_log_does_not_have_are_not_there(sealed, client, path):
    assert client.get(path).status_code == 404


def test_the_newest_checkpoint_is_handed_out_byte_for_byte_with_its_witnesses(sealed, client):
    line = "\u2014 room AAAAAAAA\n"
    CheckpointCopy.objects.create(checkpoint=sealed, place="witness: room", at=NOON, cosignature=line)
    answer = client.get("/log/checkpoint")
    assert answer.content.decode() == sealed.note + line
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "max-age=10" in answer["Cache-Control"]
    assert client.get("/log/checkpoints.txt").content.decode() == sealed.note + line + "\n"
    assert client.get("/api/v1/log/checkpoint/").json()["note"] == sealed.note + line


def test_the_page_says_what_is_proved_and_what_is_not(sealed, client, settings):
    settings.WITNESSES = [("room", "http://127.0.0.1:9", "A" * 43 + "=")]
    CheckpointCopy.objects.create(checkpoint=sealed, place="witness: room", at=NOON, fault="it does not answer")
    page = client.get("/log/").content.decode()
    for words in ("What it does not prove", "works together with", "without a record", "typed as their purpose",
                  "it does not answer", "platekeeper.test/2026"):  # fmt: skip
        assert words in page
    assert "Make a checkpoint now" not in page


def test_consistency_can_be_checked_by_who_has_the_answer_alone(sealed, client):
    told = client.get("/api/v1/log/consistency/3/4/").json()
    assert told == client.get("/log/consistency/3/4/json/").json()
    pieces = [base64.b64decode(piece) for piece in told["proof"]]
    old, new = base64.b64decode(told["old_root"]), base64.b64decode(told["new_root"])
    assert proofs.verify_consistency(3, old, 4, new, pieces)
    assert new == bytes(sealed.root)


def test_an_auditor_gets_the_proof_of_a_record_and_is_on_the_ledger(sealed, auditor, signed_in):
    client = signed_in(auditor)
    assert "log-path" in client.get("/log/proof/2/").content.decode()
    answer = client.post("/log/proof/2/file/")
    assert answer["Content-Disposition"] == 'attachment; filename="record-2.tlog-proof"'
    index, leaf = check_proof(answer.content.decode())
    assert (index, leaf["index"], leaf["username"]) == (2, 2, "test")
    last = LedgerEntry.objects.latest("index")
    assert (last.action, last.username, last.subject_id) == ("ledger.prove", "auditor", "2")


def test_the_api_gives_the_same_proof(sealed, auditor, signed_in):
    told = signed_in(auditor).get("/api/v1/log/proof/3/").json()
    assert check_proof(told["file"])[0] == 3
    assert merkle.leaf_hash(told["leaf"].encode()) == bytes(LedgerEntry.objects.get(index=3).leaf_hash)


def test_a_record_no_checkpoint_covers_gets_one_made(sealed, auditor, signed_in, grow):
    grow(3)
    index, _ = check_proof(signed_in(auditor).post("/log/proof/6/file/").content.decode())
    assert index == 6


def test_without_a_key_there_is_no_proof_and_the_refusal_says_so(grow, auditor, signed_in, alarmed, settings):
    grow(2)
    settings.LOG_KEY_FILE = "/nowhere/key.pem"
    answer = signed_in(auditor).get("/log/proof/1/")
    assert answer.status_code == 403
    assert "log.no_checkpoint" in answer.content.decode()
    assert alarmed


@pytest.mark.parametrize("who", ["detective", "outsider", "administrator"])
def test_nobody_else_gets_a_proof(sealed, request, signed_in, who):
    client = signed_in(request.getfixturevalue(who))
    assert client.get("/log/proof/2/").status_code == 403
    assert client.get("/api/v1/log/proof/2/").status_code == 403
    assert client.post("/log/checkpoint/now/").status_code == 403
    assert LedgerEntry.objects.filter(outcome="refused", rule_code="access.role").count() == 3


def test_a_record_that_is_not_there_has_no_proof(sealed, auditor, signed_in):
    assert signed_in(auditor).get("/log/proof/999/").status_code == 404


def test_an_auditor_may_ask_for_a_checkpoint_now(sealed, auditor, signed_in):
    answer = signed_in(auditor).post("/log/checkpoint/now/", follow=True)
    assert "covers 5 records" in answer.content.decode()
    assert LedgerEntry.objects.get(index=4).action == "log.checkpoint"
    assert checkpoints.latest().size == 5


def test_the_ledgers_pages_say_what_is_outside(sealed, auditor, signed_in, settings):
    settings.WITNESSES = [("room", "http://127.0.0.1:9", "A" * 43 + "=")]
    client = signed_in(auditor)
    assert "Not yet outside" in client.get("/ledger/2/").content.decode()
    assert "are not outside yet" in client.get("/ledger/").content.decode()
    CheckpointCopy.objects.create(checkpoint=sealed, place="witness: room", at=NOON, cosignature="x")
    assert "Outside since" in client.get("/ledger/2/").content.decode()


def test_commands_print_proof_and_checkpoint(sealed):
    out = StringIO()
    call_command("ledger_proof", "1", stdout=out)
    assert check_proof(out.getvalue())[0] == 1
    with pytest.raises(CommandError, match="no record 99"):
        call_command("ledger_proof", "99", stdout=out)
    out = StringIO()
    call_command("log_checkpoint", stdout=out)
    assert notes.head_of(notes.parse(out.getvalue())).size == LedgerEntry.objects.count()


def test_no_clear_value_is_in_a_proof_or_on_the_public_pages(auditor, client):
    from audit import asker, ledger
    from audit.actions import Action

    ledger.note(Action.SEARCH_RUN, by=asker.system("t"), at=NOON, purpose="locate", query={"plate": "0SEC123"},
                reason="hidden words", case_number="26-999999")  # fmt: skip
    checkpoints.make(NOON)
    out = StringIO()
    call_command("ledger_proof", "0", stdout=out)
    shown = out.getvalue() + base64.b64decode(out.getvalue().split("\n")[1][6:]).decode()
    shown += "".join(client.get(path).content.decode() for path in PUBLIC if "4" not in path)
    for secret in ("0SEC123", "hidden words", "26-999999"):
        assert secret not in shown


def test_no_cache_keeps_a_page_that_bears_somebodys_name(sealed, signed_in, auditor):
    answer = signed_in(auditor).get("/log/consistency/2/4/")
    assert "public" not in answer.headers.get("Cache-Control", "")

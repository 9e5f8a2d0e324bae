"""What the log hands out (proofs, keys, checkpoints) is checked by the same program, over years and changes of key."""

import base64
import json
from io import StringIO

import pytest
from django.core.management import call_command

from audit import signing
from audit.log import checkpoints, proofs
from audit.log.export_source import cosigned
from audit.models import Checkpoint
from tests import make
from tests.audit.verifier.exporting import exported, records
from tests.audit.verifier.making import faults, verify

pytestmark = pytest.mark.django_db(transaction=True)


def key_of_the_log(client) -> str:
    return client.get("/log/keys.json").json()["keys"][-1]["verifier_keys"][-1]


def test_a_proof_from_its_page_verifies(auditor, signed_in, client, tmp_path):
    found = records(6)
    checkpoints.make(make.NOON)
    content = b"".join(signed_in(auditor).post(f"/log/proof/{found[2]}/file/"))
    (tmp_path / "p").write_bytes(content)
    code, verdict = verify(tmp_path / "p", "--key", key_of_the_log(client))
    assert (code, faults(verdict), verdict["index"]) == (0, "", found[2])
    assert verify(tmp_path / "p")[0] == 1, "without a key nothing says whose log it is"


def test_two_checkpoints_of_the_log_verify(auditor, client, tmp_path):
    records(3)
    old = checkpoints.make(make.NOON)
    records(4)
    new = checkpoints.make(make.NOON)
    for name, one in (("old", old), ("new", new)):
        (tmp_path / name).write_text(cosigned(one))
    hashes = [base64.b64encode(one).decode() for one in proofs.consistency(old.size, new.size)]
    (tmp_path / "proof").write_text("\n".join(hashes) + "\n")
    paths = [tmp_path / name for name in ("old", "new", "proof")]
    code, verdict = verify(*paths, "--key", key_of_the_log(client))
    assert (code, faults(verdict)) == (0, "")
    # As a person gets them: copied with a blank line after it, the page's JSON, and the file of keys.
    (tmp_path / "old").write_text(cosigned(old) + "\n")
    (tmp_path / "proof").write_bytes(client.get(f"/log/consistency/{old.size}/{new.size}/json/").content)
    (tmp_path / "keys.json").write_bytes(client.get("/log/keys.json").content)
    code, verdict = verify(*paths, "--key", tmp_path / "keys.json")
    assert (code, faults(verdict)) == (0, "")
    (tmp_path / "proof").write_bytes(client.get(f"/log/consistency/1/{new.size}/json/").content)
    assert verify(*paths, "--key", tmp_path / "keys.json")[0] == 1, "it is about another checkpoint"


@pytest.mark.parametrize(("head", "words"), [(b"PK\x03\x04", "Unpack it first"), (b"%PDF-1.7", "extract.json")])
def test_a_file_handed_over_whole_says_what_to_open(tmp_path, head, words):
    (tmp_path / "it").write_bytes(head + b" " * 70_000)
    code, verdict = verify(tmp_path / "it")
    assert code == 2
    assert words in verdict["unreadable"]


def test_an_export_over_another_key_and_another_year_verifies(auditor, client, tmp_path, settings):
    settings.LOG_KEY_FILE = str(signing.create_key(tmp_path / "log.pem"))
    records(3)
    checkpoints.make(make.NOON)
    first = key_of_the_log(client)
    signing.create_key(tmp_path / "new.pem")
    call_command("log_rotate_key", new=tmp_path / "new.pem", stdout=StringIO())
    records(2)
    call_command("log_freeze", next="platekeeper.test/2031", stdout=StringIO())
    records(2)
    _, folder = exported(auditor, tmp_path / "x")
    assert len({row.origin for row in Checkpoint.objects.all()}) == 2
    for key in (first, key_of_the_log(client)):
        code, verdict = verify(folder, "--key", key)
        assert (code, faults(verdict)) == (0, "")
    (tmp_path / "keys.json").write_text(json.dumps(client.get("/log/keys.json").json()))
    assert verify(tmp_path / "keys.json", "--key", first)[0] == 0
    _, part = exported(auditor, tmp_path / "y", first_index=5, last_index=6)
    assert verify(part, "--key", first)[0] == 0

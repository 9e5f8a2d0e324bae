"""What the agency signs can be checked by anyone, and by standard tools; without a key nothing is signed."""

import multiprocessing
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from alpr_site import checks
from audit import signing


def test_a_signature_verifies_and_names_its_key():
    made = signing.sign(b"manifest")
    assert signing.verify(b"manifest", made.value)
    assert signing.verify(b"manifest", made.value, signing.public_key_pem())
    assert made.key_id == signing.key_id() == signing.key_id(signing.public_key_pem())
    assert (len(made.value), len(made.key_id)) == (64, 16)


@pytest.mark.parametrize("changed", [b"manifesT", b"manifest ", b""])
def test_a_signature_does_not_fit_other_bytes(changed):
    assert not signing.verify(changed, signing.sign(b"manifest").value)


def test_a_signature_with_one_bit_turned_does_not_verify():
    value = bytearray(signing.sign(b"manifest").value)
    value[40] ^= 1
    assert not signing.verify(b"manifest", bytes(value))


def test_another_agencys_signature_is_not_ours(settings, tmp_path):
    ours = signing.public_key_pem()
    settings.SIGNING_KEY_FILE = str(signing.create_key(tmp_path / "other.pem"))
    theirs = signing.sign(b"manifest")
    assert signing.verify(b"manifest", theirs.value)
    assert not signing.verify(b"manifest", theirs.value, ours)
    assert theirs.key_id != signing.key_id(ours)


def test_openssl_checks_a_signature_without_this_program(tmp_path):
    (tmp_path / "data").write_bytes(b"manifest")
    (tmp_path / "signature").write_bytes(signing.sign(b"manifest").value)
    (tmp_path / "public.pem").write_text(signing.public_key_pem())
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-rawin", "-in", "data"]
    assert subprocess.run([*command, "-sigfile", "signature"], cwd=tmp_path).returncode == 0


def test_a_key_is_made_once_and_is_private(tmp_path):
    path = signing.create_key(tmp_path / "key.pem")
    before = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signing.create_key(path).read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["key.pem"]


def _make(path: Path) -> bytes:
    return signing.create_key(path).read_bytes()


def test_processes_that_start_at_once_agree_on_one_key(tmp_path):
    with multiprocessing.get_context("fork").Pool(4) as pool:
        made = pool.map(_make, [tmp_path / "key.pem"] * 16)
    assert len(set(made)) == 1


def test_without_a_key_nothing_is_signed(settings, tmp_path):
    for path, words in [("", "No signing key is set"), (str(tmp_path / "none.pem"), "cannot be read")]:
        settings.SIGNING_KEY_FILE = path
        with pytest.raises(signing.SigningUnavailable, match=words):
            signing.sign(b"manifest")


def test_a_key_of_another_kind_is_not_taken(settings, tmp_path):
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for name, content, words in [("ec.pem", other, "not an Ed25519 key"), ("no.pem", b"hello", "no private key")]:
        (tmp_path / name).write_bytes(content)
        settings.SIGNING_KEY_FILE = str(tmp_path / name)
        with pytest.raises(signing.SigningUnavailable, match=words):
            signing.sign(b"manifest")
    with pytest.raises(signing.SigningUnavailable, match="no public key"):
        signing.verify(b"manifest", bytes(64), "hello")


def test_the_deploy_check_stops_without_a_usable_key(settings, tmp_path):
    assert checks.the_signing_key_can_sign() == []
    settings.SIGNING_KEY_FILE = ""
    assert [found.id for found in checks.the_signing_key_can_sign()] == ["alpr_site.E003"]
    path = signing.create_key(tmp_path / "key.pem")
    path.chmod(0o644)
    settings.SIGNING_KEY_FILE = str(path)
    assert "Every account" in checks.the_signing_key_can_sign()[0].msg

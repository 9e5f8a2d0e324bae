"""Whoever holds a package can find out, without this program's server, whether it is as it was made."""

import hashlib
import importlib.util
import json
import random
import struct
import zipfile

import pytest
from django.core.files.storage import default_storage

from audit import signing
from tests import make
from tests.detections.evidence import packing

BYTES_TRIED = 25


@pytest.fixture
def program():
    """``program(path, *options) -> exit code`` of the verifier, in this process: for the many tries."""
    spec = importlib.util.spec_from_file_location("verifier", packing.VERIFIER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda path, *options: module.main([str(path), *options])


@pytest.fixture
def package(detective):
    reads = [packing.read_with_photo(at=make.NOON), make.detection(at=make.NOON)]
    return packing.packaged(detective, reads)


@pytest.fixture
def content(package):
    return packing.members(package)


@pytest.fixture
def whole(package, tmp_path):
    """The zip file as it is handed over."""
    path = tmp_path / "package.zip"
    with default_storage.open(package.file) as file:
        path.write_bytes(file.read())
    return path


def test_a_package_as_it_was_made_is_whole_and_signed(whole, package, tmp_path):
    code, said = packing.verify(whole)
    assert code == 0
    assert f"SHA-256 of the zip file: {package.sha256}" in said
    assert "Whole: all 9 files" in said
    assert "came with the package" in said
    key = tmp_path / "agency.pem"
    key.write_text(signing.public_key_pem())
    code, said = packing.verify(whole, "--key", str(key), "--sha256", package.sha256.upper())
    assert code == 0
    assert f"agency's key {package.key_id}, the one you gave" in said


def test_an_unpacked_package_is_checked_the_same(whole, tmp_path):
    with zipfile.ZipFile(whole) as archive:
        archive.extractall(tmp_path / "unpacked")
    assert packing.verify(tmp_path / "unpacked")[0] == 0
    (tmp_path / "unpacked" / "reads" / "001.json").write_text("{}")
    code, said = packing.verify(tmp_path / "unpacked")
    assert code == 1
    assert "reads/001.json was changed" in said


def test_the_program_in_the_package_is_the_projects_own(content):
    assert content["platekeeper-verify-evidence.py"] == packing.VERIFIER.read_bytes()


def test_without_the_library_hashes_are_checked_and_the_rest_is_said(whole, content, tmp_path):
    code, said = packing.verify(whole, signatures=False)
    assert code == 3
    assert "NOT CHECKED" in said
    assert "openssl pkeyutl -verify" in said
    content["evidence.pdf"] += b" "
    code, said = packing.verify(packing.zipped(content, tmp_path / "t.zip"), signatures=False)
    assert code == 1
    assert "evidence.pdf was changed" in said


@pytest.mark.parametrize("bit", [0, 7])
def test_a_changed_byte_of_any_file_is_found_and_the_file_is_named(content, program, tmp_path, capsys, bit):
    chance = random.Random(20260616)
    for name, data in content.items():
        few = name in ("manifest.sig", "public_key.pem")
        places = range(len(data)) if few else {0, len(data) - 1, *chance.choices(range(len(data)), k=BYTES_TRIED)}
        for place in places:
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            code = program(packing.zipped(content | {name: bytes(changed)}, tmp_path / "t.zip"))
            said = capsys.readouterr().out
            assert code in (1, 2), (name, place)
            assert name in said, (name, place, said)


def test_a_shortened_and_a_lengthened_file_are_found(content, program, tmp_path, capsys):
    for name in content:
        for changed in (content[name][:-1], content[name] + b"\n", b""):
            code = program(packing.zipped(content | {name: changed}, tmp_path / "t.zip"))
            assert code in (1, 2), name
            assert name in capsys.readouterr().out


def test_a_missing_file_is_named(content, program, tmp_path, capsys):
    for name in content:
        rest = {other: data for other, data in content.items() if other != name}
        assert program(packing.zipped(rest, tmp_path / "t.zip")) in (1, 2)
        assert f"{name} is missing" in capsys.readouterr().out


def test_an_added_file_is_named(content, program, tmp_path, capsys):
    assert program(packing.zipped(content | {"photos/009-original.jpg": b"x"}, tmp_path / "t.zip")) == 1
    assert "photos/009-original.jpg does not belong" in capsys.readouterr().out


def test_a_package_signed_anew_with_another_key_is_told_from_the_agencys(
    content, program, settings, tmp_path, capsys, package
):
    agency = tmp_path / "agency.pem"
    agency.write_text(signing.public_key_pem())
    settings.SIGNING_KEY_FILE = str(signing.create_key(tmp_path / "forger.pem"))
    manifest = json.loads(content["manifest.json"])
    manifest["signing"]["key_id"] = signing.key_id()
    changed = content | {"public_key.pem": signing.public_key_pem().encode(), "reads/001.json": b"{}"}
    for entry in manifest["files"]:
        entry["sha256"] = hashlib.sha256(changed[entry["name"]]).hexdigest()
        entry["size"] = len(changed[entry["name"]])
    changed["manifest.json"] = json.dumps(manifest).encode()
    changed["manifest.sig"] = signing.sign(changed["manifest.json"]).value
    path = packing.zipped(changed, tmp_path / "t.zip")
    assert program(path) == 0
    assert "anyone could make a package signed with a key of their own" in capsys.readouterr().out
    assert program(path, "--key", str(agency)) == 1
    assert "another key" in capsys.readouterr().out
    assert program(path, "--sha256", package.sha256) == 1
    assert "not the one on the ledger" in capsys.readouterr().out


@pytest.mark.parametrize("left", [0, 10, 1000, -1, -100])
def test_a_zip_cut_off_is_told(whole, program, tmp_path, capsys, left):
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole.read_bytes()[:left])
    assert program(cut) == 2
    assert "not a whole zip file" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name", ["../evil.py", "/etc/evil", "reads/../../evil", "reads//evil", "C:\\evil", "./evil", "a\x00b", "évil"]
)
def test_a_name_that_leads_out_of_the_package_is_refused(content, program, tmp_path, capsys, name):
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for member, data in content.items():
            archive.writestr(member, data)
        entry = zipfile.ZipInfo("x")
        entry.filename = name
        archive.writestr(entry, b"evil")
    assert program(path) in (1, 2)
    assert "WRONG" in capsys.readouterr().out
    assert not (tmp_path.parent / "evil.py").exists()


def test_a_link_two_files_of_one_name_and_an_encrypted_file_are_refused(content, program, tmp_path, capsys):
    path = packing.zipped(content, tmp_path / "link.zip")
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("reads/link.json")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert program(path) == 2
    assert "is a link" in capsys.readouterr().out
    path = packing.zipped(content, tmp_path / "twice.zip")
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("reads/001.json", content["reads/001.json"])
    assert program(path) == 2
    assert "two files of one name" in capsys.readouterr().out


def test_a_zip_that_claims_more_than_any_package_is_not_opened(content, program, tmp_path, capsys):
    many = {f"bomb-{number}": b"x" for number in range(6)}
    path = packing.zipped(content | many, tmp_path / "t.zip")
    raw = bytearray(path.read_bytes())
    entry = raw.index(b"PK\x01\x02")
    while (entry := raw.find(b"PK\x01\x02", entry + 4)) != -1:
        raw[entry + 24 : entry + 28] = struct.pack("<I", 0xFFFFFFF0)  # each says that it has 4 GiB
    path.write_bytes(bytes(raw))
    assert program(path) == 2
    assert "more files or bytes than any package has" in capsys.readouterr().out


def test_a_compressed_bomb_is_read_no_further_than_its_place(content, program, tmp_path, capsys):
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (content | {"evidence.pdf": b"\0" * 50_000_000}).items():
            archive.writestr(name, data)
    assert program(path) == 1
    assert "evidence.pdf was changed: it is longer" in capsys.readouterr().out


@pytest.mark.parametrize(
    "manifest",
    [
        b"", b"[]", b"{}", b'{"format": "platekeeper-evidence/2", "files": []}', b"\xff\xfe", b"[" * 100_000,
        b'{"format": "platekeeper-evidence/1", "format": "platekeeper-evidence/1", "files": []}',
        b'{"format": "platekeeper-evidence/1", "files": [{"name": "../x", "size": 1, "sha256": "' + b"0" * 64 + b'"}]}',
        b'{"format": "platekeeper-evidence/1", "files": [{"name": "x", "size": -1, "sha256": "' + b"0" * 64 + b'"}]}',
        b'{"format": "platekeeper-evidence/1", "files": [{"name": "x", "size": 1, "sha256": "zz"}]}',
        b'{"format": "platekeeper-evidence/1", "files": 7}',
    ],
)  # fmt: skip
def test_a_manifest_that_is_none_is_told(content, program, tmp_path, capsys, manifest):
    assert program(packing.zipped(content | {"manifest.json": manifest}, tmp_path / "t.zip")) == 2
    assert "WRONG" in capsys.readouterr().out


def test_what_is_no_package_is_told_and_nothing_is_said_to_be_whole(program, tmp_path, capsys):
    (tmp_path / "note.txt").write_text("hello")
    for path in (tmp_path / "note.txt", tmp_path / "none.zip", tmp_path):
        assert program(path) == 2
    assert "Whole" not in capsys.readouterr().out


def test_nothing_in_a_package_steers_the_terminal(content, settings, program, tmp_path, capsys):
    manifest = json.loads(content["manifest.json"]) | {"case_number": "26-1\x1b[2Jall good"}
    changed = json.dumps(manifest).encode()
    content |= {"manifest.json": changed, "manifest.sig": signing.sign(changed).value}
    assert program(packing.zipped(content, tmp_path / "t.zip")) == 0
    assert "\x1b" not in capsys.readouterr().out

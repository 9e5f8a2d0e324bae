"""Signed notes, byte for byte: what is signed reads back, and whatever is not exactly a note is no note."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.log import notes

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
NAME = "plates.example.gov/2026"
HEAD = notes.Head(NAME, 42, bytes(32))
NOTE = notes.sign(str(HEAD), NAME, KEY)


def test_a_checkpoint_has_these_bytes_and_no_others():
    line = base64.b64encode(notes.key_id(NAME, PUBLIC) + KEY.sign(str(HEAD).encode())).decode()
    assert f"{NAME}\n42\n{'A' * 43}=\n\n\u2014 {NAME} {line}\n" == NOTE


def test_the_id_of_a_key_is_the_one_of_the_published_example():
    """The example of c2sp.org/signed-note: one key, its id, its signature over a poem with an empty line in it."""
    poem = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n"
    signed = (
        poem + "\n\u2014 quasimodo.example/salvatore "
        "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
    )
    note = notes.parse(signed)
    assert note.text == poem
    assert note.lines[0].key_id.hex() == "367ba04b"
    assert str(note) == signed


def test_what_was_signed_is_read_and_verified():
    note = notes.verify(NOTE, [(NAME, PUBLIC)])
    assert notes.head_of(note) == HEAD
    assert str(note) == NOTE


def test_lines_of_unknown_keys_are_passed_over():
    other = Ed25519PrivateKey.generate()
    more = NOTE + notes.sign(str(HEAD), "somebody.else", other).split("\n\n")[1]
    assert notes.head_of(notes.verify(more, [(NAME, PUBLIC)])) == HEAD
    with pytest.raises(notes.BadNote, match="no known key"):
        notes.verify(more, [("a.third", PUBLIC)])


@pytest.mark.parametrize("place", range(4, 4 + 64, 7))
def test_one_flipped_bit_of_a_signature_is_one_too_many(place):
    text, line = NOTE.split("\n\n")
    packed = bytearray(base64.b64decode(line.split(" ")[2]))
    packed[place] ^= 1
    wrong = f"{text}\n\n\u2014 {NAME} {base64.b64encode(bytes(packed)).decode()}\n"
    with pytest.raises(notes.BadNote, match="does not fit"):
        notes.verify(wrong, [(NAME, PUBLIC)])


def test_the_right_name_with_another_key_has_not_signed():
    forged = notes.sign(str(HEAD), NAME, Ed25519PrivateKey.generate())
    with pytest.raises(notes.BadNote, match="no known key"):
        notes.verify(forged, [(NAME, PUBLIC)])


NO_NOTES = {
    "nothing": "",
    "no signature": str(HEAD),
    "no signature, empty line": str(HEAD) + "\n",
    "no newline at the end": NOTE[:-1],
    "carriage returns": NOTE.replace("\n", "\r\n"),
    "a NUL": NOTE.replace("42", "4\x002"),
    "a tab in the text": NOTE.replace("42", "4\t2"),
    "two spaces": NOTE.replace("\u2014 ", "\u2014  "),
    "a hyphen": NOTE.replace("\u2014", "-"),
    "a name with a plus": NOTE.replace(f"\u2014 {NAME}", "\u2014 a+b"),
    "no base64": NOTE.rstrip("\n") + "!\n",
    "base64 without its end": NOTE.rstrip("=\n") + "\n",
    "an empty line after": NOTE + "\n",
    "17 signatures": NOTE + NOTE.split("\n\n")[1] * 16,
    "too long": str(HEAD) + "x" * 70_000 + "\n" + NOTE.split("\n\n")[1],
    "no UTF-8": NOTE.encode().replace(b"42", b"4\xff"),
}


@pytest.mark.parametrize("name", NO_NOTES)
def test_this_is_no_note(name):
    with pytest.raises(notes.BadNote):
        notes.parse(NO_NOTES[name])


def test_sixteen_signatures_are_read():
    assert len(notes.parse(NOTE + NOTE.split("\n\n")[1] * 15).lines) == 16


NO_CHECKPOINTS = ["a\n1\n", "a\n01\nAAAA\n", "a\n+1\nAAAA\n", "a\n1\nAAAA\n", f"a\n1\n{'A' * 43}=\nmore\n",
                  f"a\n\n1\n{'A' * 43}=\n", f"a\n\uff11\n{'A' * 43}=\n", f"a\n1\n{'A' * 42}B=\n"]  # fmt: skip


@pytest.mark.parametrize("text", NO_CHECKPOINTS)
def test_this_is_no_checkpoint(text):
    with pytest.raises(notes.BadNote):
        notes.head_of(notes.parse(notes.sign(text, NAME, KEY)))


def test_a_key_without_a_usable_name_signs_nothing():
    for name in ("", "a b", "a+b", "a\u00a0b"):
        with pytest.raises(notes.BadNote):
            notes.sign(str(HEAD), name, KEY)


def test_a_witness_signs_text_and_time_together():
    line = notes.Line("w", notes.key_id("w", PUBLIC, notes.COSIGNATURE), (7).to_bytes(8, "big") + bytes(64))
    assert notes.cosigned(str(HEAD), line, PUBLIC) is None
    good = KEY.sign(f"cosignature/v1\ntime 7\n{HEAD}".encode())
    line = notes.Line("w", notes.key_id("w", PUBLIC, notes.COSIGNATURE), (7).to_bytes(8, "big") + good)
    assert notes.cosigned(str(HEAD), line, PUBLIC) == 7
    assert notes.cosigned(str(HEAD), notes.Line("w", line.key_id, (8).to_bytes(8, "big") + good), PUBLIC) is None

"""A production installation without a key for its log, or without anybody who takes checkpoints, is told so."""

import pytest

from audit import signing
from audit.log import checks

GOOD = ("room", "https://witness.example.gov", "A" * 43 + "=")


def test_a_log_with_a_key_of_its_own_can_sign(settings, tmp_path):
    assert checks.the_log_can_sign() == []
    settings.LOG_KEY_FILE = ""
    assert [error.id for error in checks.the_log_can_sign()] == ["audit.E003"]
    settings.LOG_KEY_FILE = settings.SIGNING_KEY_FILE
    assert "one of its own" in checks.the_log_can_sign()[0].msg
    open_to_all = signing.create_key(tmp_path / "key.pem")
    open_to_all.chmod(0o644)
    settings.LOG_KEY_FILE = str(open_to_all)
    assert "Every account" in checks.the_log_can_sign()[0].msg


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([], ["audit.E005"]),
        ([GOOD], []),
        ([("room", "ftp://x", GOOD[2])], ["audit.E004"]),
        ([("room", GOOD[1])], ["audit.E004"]),
        ([("room", GOOD[1], "AAAA")], ["audit.E004"]),
        ([("a+b", GOOD[1], GOOD[2])], ["audit.E004"]),
    ],
)
def test_somebody_outside_must_take_checkpoints(settings, given, found):
    settings.WITNESSES = given
    assert [error.id for error in checks.somebody_outside_takes_checkpoints()] == found

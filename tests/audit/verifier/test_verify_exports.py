"""The verifier as an outsider runs it: one file, no Django, in a process of its own."""

import pytest

from tests.audit.verifier.making import faults, make_export, verify
from tests.audit.verifier.outside import vkey


def test_a_whole_export_verifies(tmp_path):
    log = make_export(tmp_path / "e", 40, checkpoints=[7, 16, 33])
    code, verdict = verify(tmp_path / "e", "--key", vkey(log.origin, log.key))
    assert (code, faults(verdict)) == (0, "")
    assert verdict["signatures"] == "checked"
    assert (verdict["first"], verdict["upto"], verdict["opened"]) == (0, 40, 200)


def test_without_the_library_it_says_that_signatures_were_not_checked(tmp_path):
    make_export(tmp_path / "e", 40)
    code, verdict = verify(tmp_path / "e", signatures=False)
    assert (code, verdict["signatures"]) == (0, "not checked")


@pytest.mark.parametrize(("first", "upto"), [(0, 40), (1, 40), (13, 27), (32, 33), (39, 40), (40, 40), (0, 0)])
def test_any_range_verifies(tmp_path, first, upto):
    make_export(tmp_path / "e", 40, first=first, upto=upto, checkpoints=[5, 20, 27])
    code, verdict = verify(tmp_path / "e")
    assert (code, faults(verdict)) == (0, "")

"""A fresh installation gets its first administrators from the machine's own command, once, on record."""

import pytest
from django.core.management import CommandError, call_command

from audit.abilities import roles_of
from audit.models import LedgerEntry, RoleGrant, User
from tests import make
from tests.make import PASSWORD


@pytest.fixture(autouse=True)
def password(monkeypatch):
    monkeypatch.setenv("FIRST_ADMINISTRATOR_PASSWORD", PASSWORD)


@pytest.mark.parametrize("role", ["alpr_administrator", "system_administrator"])
def test_the_first_administrator_is_made_once_and_recorded(db, role):
    call_command("first_administrator", "sgt.first", "--role", role)
    user = User.objects.get(username="sgt.first")
    grant = RoleGrant.objects.get()
    assert roles_of(user, grant.starts_at) == {role}
    assert user.check_password(PASSWORD)
    entry = LedgerEntry.objects.get()
    assert (entry.action, entry.username, entry.clear.subject_label) == (
        "user.change",
        "first_administrator",
        "sgt.first",
    )
    with pytest.raises(CommandError, match="sgt.first holds this role already"):
        call_command("first_administrator", "sgt.second", "--role", role)
    assert User.objects.count() == 1


def test_a_name_is_never_used_again(db):
    make.user("Sgt.First")
    with pytest.raises(CommandError, match="never used again"):
        call_command("first_administrator", "sgt.first")
    assert RoleGrant.objects.count() == 0


def test_a_weak_password_makes_nobody(db, monkeypatch):
    monkeypatch.setenv("FIRST_ADMINISTRATOR_PASSWORD", "police")
    with pytest.raises(CommandError, match="too short"):
        call_command("first_administrator", "sgt.first")
    assert User.objects.count() == 0

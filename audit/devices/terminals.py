"""The known machines: put on the list, enrolled by a code typed on the machine itself, retired at once."""

import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.devices import rules
from audit.devices.classes import hashed
from audit.models import Terminal
from audit.policy import Profile
from audit.refusals import Refusal, Refused

PURPOSE = "administration"
CODE_LIVES = timedelta(minutes=10)
# Read aloud over a radio without asking back: no 0, O, 1, I, L, U. 30 letters, 10 of them: 49 bits.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 10


def list_terminals(*, by: Asker, at: datetime) -> list[Terminal]:
    """All machines, those in use first. Raises Refused."""
    with ledger.act(Action.TERMINAL_LIST, by=by, at=at, purpose=PURPOSE, subject=("terminals", "", "")) as record:
        gate.admit(by, Ability.MANAGE_TERMINALS, at=at)
        rows = list(Terminal.objects.select_related("added_by").order_by("retired_at", "name"))
        rows.sort(key=lambda one: (one.retired_at is not None, one.name))
        record.result_count = len(rows)
    return rows


def add(
    *,
    name: str,
    device_class: str,
    place: str = "",
    exempt_why: str = "",
    exempt: bool = False,
    by: Asker,
    at: datetime,
) -> tuple[Terminal, str]:
    """Put a machine on the list; returns it with its enrolment code, which is shown once. Raises Refused."""
    with ledger.act(Action.TERMINAL_CHANGE, by=by, at=at, purpose=PURPOSE) as record:
        profile = gate.admit(by, Ability.MANAGE_TERMINALS, at=at)
        name = " ".join(name.split())
        _require(rules.refuse_name(Terminal.objects.filter(name__iexact=name).exists(), profile))
        _require(rules.refuse_exemption(device_class, exempt, exempt_why, profile))
        terminal = Terminal(name=name, device_class=device_class, place=place.strip(), added_by=by.member, added_at=at)
        terminal.idle_exempt, terminal.idle_exempt_why = exempt, exempt_why.strip() if exempt else ""
        code = _give_code(terminal, at)
        terminal.save(force_insert=True)
        record.about("terminal", terminal.pk, name)
        record.detail = {"change": "added", "class": device_class, "place": terminal.place}
        record.detail |= {"idle_exempt": exempt, "why": terminal.idle_exempt_why}
    return terminal, code


def fresh_code(*, terminal_id: UUID, by: Asker, at: datetime) -> tuple[Terminal, str]:
    """Another code for a machine that missed its first, or was set up anew; what it has enrolled still holds until
    the code is used. Raises Refused, or Terminal.DoesNotExist."""
    with ledger.act(Action.TERMINAL_CHANGE, by=by, at=at, purpose=PURPOSE) as record:
        terminal = _lock(terminal_id, record, by, at)
        code = _give_code(terminal, at)
        terminal.save(update_fields=["code_hash", "code_expires_at"])
        record.detail = {"change": "enrolment code given"}
    return terminal, code


def retire(*, terminal_id: UUID, by: Asker, at: datetime) -> Terminal:
    """Take a machine off the list; it is unknown from its next request on. Raises Refused, or DoesNotExist."""
    with ledger.act(Action.TERMINAL_CHANGE, by=by, at=at, purpose=PURPOSE) as record:
        terminal = _lock(terminal_id, record, by, at)
        terminal.retired_at, terminal.token_hash, terminal.code_hash = at, "", ""
        terminal.code_expires_at = None
        terminal.save()
        record.detail = {"change": "retired"}
    return terminal


def set_exemption(*, terminal_id: UUID, exempt: bool, why: str, by: Asker, at: datetime) -> Terminal:
    """Exempt a machine from the idle limit, or end that; its next request is held to it. Raises Refused."""
    with ledger.act(Action.TERMINAL_CHANGE, by=by, at=at, purpose=PURPOSE, reason=why) as record:
        terminal = _lock(terminal_id, record, by, at)
        _require(rules.refuse_exemption(terminal.device_class, exempt, why, _profile(record)))
        record.detail = {"change": "idle limit", "idle_exempt": [terminal.idle_exempt, exempt]}
        terminal.idle_exempt, terminal.idle_exempt_why = exempt, why.strip()[:200] if exempt else ""
        terminal.save(update_fields=["idle_exempt", "idle_exempt_why"])
    return terminal


def enrol(*, code: str, by: Asker, at: datetime) -> tuple[Terminal, str]:
    """Make this machine known by the code given for it; returns it with the token its browser keeps.

    A code works once, however often it is typed at once, and for ten minutes. What was enrolled as this machine
    before is unknown from now on. Raises Refused.
    """
    with ledger.act(Action.TERMINAL_ENROL, by=by, at=at, purpose=PURPOSE) as record:
        profile = _profile(record)
        _require(rules.refuse_guest(bool(by.member.organisation), profile))
        typed = "".join(code.upper().replace("-", " ").split())
        digest = _digest(typed) if typed else "-"
        # A second request with this code waits here, and then finds no row with it.
        found = Terminal.objects.select_for_update(of=("self",)).filter(code_hash=digest, retired_at=None).first()
        _require(rules.refuse_code(found is not None, found.code_expires_at if found else None, at, profile))
        terminal = found or Terminal()
        token = secrets.token_urlsafe(32)
        terminal.token_hash, terminal.code_hash, terminal.code_expires_at = hashed(token), "", None
        terminal.enrolled_at = at
        terminal.save()
        record.about("terminal", terminal.pk, terminal.name)
        record.detail = {"class": terminal.device_class}
    return terminal, token


def shown(code: str) -> str:
    """The code in two groups, as it is read aloud and typed."""
    return f"{code[: _LENGTH // 2]}-{code[_LENGTH // 2 :]}"


def _give_code(terminal: Terminal, at: datetime) -> str:
    code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    terminal.code_hash, terminal.code_expires_at = _digest(code), at + CODE_LIVES
    return code


def _digest(code: str) -> str:
    """Keyed: a code is short, so a copy of the table alone must not be enough to find it."""
    return hmac.digest(settings.SECRET_KEY.encode(), code.encode(errors="replace"), "sha256").hex()


def _lock(terminal_id: UUID, record: ledger.Record, by: Asker, at: datetime) -> Terminal:
    """The machine under its row's lock, for one who keeps the list, while it is on it."""
    profile = gate.admit(by, Ability.MANAGE_TERMINALS, at=at)
    terminal = Terminal.objects.select_for_update(of=("self",)).get(pk=terminal_id)
    record.about("terminal", terminal.pk, terminal.name)
    _require(rules.refuse_retired(terminal.retired_at, profile))
    return terminal


def _profile(record: ledger.Record) -> Profile:
    if record.profile is None:
        raise RuntimeError("an act knows its profile")
    return record.profile


def _require(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)

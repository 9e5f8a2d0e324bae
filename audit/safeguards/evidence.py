"""What the system itself can show for a safeguard, taken from the database or the settings at that moment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import connection

from audit import verify
from audit.actions import Action, Outcome
from audit.models import LedgerEntry, RosterReview, User


@dataclass(frozen=True, slots=True)
class Shown:
    """One plain sentence with its figures, and whether it is as it should be."""

    words: str
    sound: bool


def append_only(at: datetime) -> Shown:
    """Whether the role that serves pages could change or delete ledger records."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_or(has_table_privilege(name, privilege))"
            " FROM unnest(%s::text[]) AS name, unnest(%s::text[]) AS privilege",
            [["audit_ledgerentry", "audit_ledgerdetail"], ["UPDATE", "DELETE", "TRUNCATE"]],
        )
        may = bool(cursor.fetchone()[0])
    if may:
        return Shown("The database role of this process could change or delete ledger records.", sound=False)
    return Shown(
        "The database role that serves pages may add ledger records, and not change or delete one.", sound=True
    )


def access_log(at: datetime) -> Shown:
    """How long the ledger is and when it was last verified whole."""
    head = verify.head()
    last = _latest(Action.LEDGER_VERIFY)
    if last is None:
        return Shown(f"{head.size:,} records; never verified as a whole yet.", sound=False)
    age = at - last.recorded_at
    return Shown(
        f"{head.size:,} records; last verified as a whole {_ago(age)}.", sound=age < timedelta(days=7)
    )  # SI-7(1): weekly


def second_factor(at: datetime) -> Shown:
    """Whether every active account has a second factor."""
    active = User.objects.filter(is_active=True)
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    with_one = active.filter(authenticator__type__in=kinds).distinct().count()
    words = (
        f"No page opens without a second factor. {with_one:,} of {active.count():,} active accounts have enrolled one; "
        "the others must at their first sign-in."
    )
    return Shown(words, sound=True)


def session_limits(at: datetime) -> Shown:
    """The limits of sessions as they are set."""
    idle, whole = settings.SESSION_IDLE_SECONDS // 60, settings.SESSION_ABSOLUTE_SECONDS // 3600
    return Shown(
        f"Sessions end after {idle} minutes without use and after {whole} hours in any case.",
        sound=idle <= 30 and whole <= 12,
    )


def lock_out(at: datetime) -> Shown:
    """Failed sign-ins of the last thirty days."""
    failed = LedgerEntry.objects.filter(action=Action.SIGN_IN_FAILED, recorded_at__gte=at - timedelta(days=30)).count()
    return Shown(f"Five failures in 15 minutes lock an account. {failed:,} failed sign-ins in the last 30 days.", True)


def transport(at: datetime) -> Shown:
    """Whether pages travel encrypted only."""
    secure = settings.SECURE_SSL_REDIRECT and settings.SECURE_HSTS_SECONDS >= 31_536_000
    if secure:
        return Shown("Pages are sent over HTTPS only, and browsers are told so for a year.", sound=True)
    return Shown("This installation also answers without HTTPS. That is for a trial on one machine only.", sound=False)


def retention(at: datetime) -> Shown:
    """When reads past their ceiling were last looked for and purged."""
    last = _latest(Action.PURGE_RUN)
    if last is None:
        return Shown("No purge has run yet.", sound=False)
    return Shown(f"The last purge ran {_ago(at - last.recorded_at)}.", sound=at - last.recorded_at < timedelta(days=2))


def roster_review(at: datetime) -> Shown:
    """When the roster was last reviewed."""
    last = RosterReview.objects.order_by("-at").first()
    if last is None:
        return Shown("The roster has never been reviewed here.", sound=False)
    return Shown(f"The roster was last reviewed {_ago(at - last.at)}.", sound=at - last.at < timedelta(days=366))


def refusals(at: datetime) -> Shown:
    """How many acts were refused in the last thirty days."""
    since = LedgerEntry.objects.filter(recorded_at__gte=at - timedelta(days=30))
    refused = since.filter(outcome=Outcome.REFUSED)
    rules = refused.values("rule_code").distinct().count()
    return Shown(
        f"{refused.count():,} acts were refused in the last 30 days, under {rules} rules; each names its clause.", True
    )


EVIDENCE: dict[str, tuple[str, Callable[[datetime], Shown]]] = {
    "append_only": ("Ledger records cannot be changed", append_only),
    "access_log": ("Every access is on record", access_log),
    "second_factor": ("Second factor for everyone", second_factor),
    "session_limits": ("Limits of sessions", session_limits),
    "lock_out": ("Lock-out after failures", lock_out),
    "transport": ("Encrypted transport", transport),
    "retention": ("Purges run", retention),
    "roster_review": ("Roster reviewed", roster_review),
    "refusals": ("Refusals with their clause", refusals),
}


def show(code: str, at: datetime) -> Shown | None:
    """What can be shown under this code; None for a safeguard that is the agency's own paper alone."""
    return EVIDENCE[code][1](at) if code in EVIDENCE else None


def _latest(action: Action) -> LedgerEntry | None:
    rows = LedgerEntry.objects.filter(action=action, outcome=Outcome.ALLOWED)
    return rows.only("recorded_at").order_by("-index").first()


def _ago(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    if hours < 1:
        return "within the last hour"
    return f"{hours:.0f} hours ago" if hours < 48 else f"{age.days} days ago"

"""The code of an authenticator app or a recovery code, each accepted once (CJIS IA-5(1)(b) and (d))."""

from datetime import datetime

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.db import transaction
from django.utils.crypto import constant_time_compare

from audit.models import User

LAST_STEP = "last_step"
_STEPS_EITHER_SIDE = 1  # 30 seconds for a slow hand or a clock that is a little off; IA-5(1)(d) allows two minutes


def authenticator_for(user: User, code: str, *, at: datetime) -> Authenticator | None:
    """The app or the recovery codes of the person that this code belongs to, used up by it; None if it is wrong."""
    digits = "".join(code.split()).replace("-", "")
    for authenticator in Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN):
        if authenticator.type == Authenticator.Type.TOTP:
            accepted = accept_totp(authenticator.pk, digits, at=at)
        else:
            accepted = authenticator.wrap().validate_code(digits)
        if accepted:
            authenticator.refresh_from_db()
            return authenticator
    return None


def accept_totp(pk: int, digits: str, *, at: datetime) -> bool:
    """Accept a code of the steps around ``at`` that is later than the last one accepted, under the row's lock."""
    now = int(at.timestamp()) // app_settings.TOTP_PERIOD
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().get(pk=pk)
        secret = decrypt(row.data["secret"])
        for step in range(now - _STEPS_EITHER_SIDE, now + _STEPS_EITHER_SIDE + 1):
            if constant_time_compare(digits, format_hotp_value(hotp_value(secret, step))):
                return _use_step(row, step)
    return False


def use_up_enrolment_code(pk: int, *, at: datetime) -> None:
    """The code that proved a new app at enrolment cannot be used again to sign in."""
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(pk=pk).first()
        if row is not None:
            _use_step(row, int(at.timestamp()) // app_settings.TOTP_PERIOD)


def others(authenticator: Authenticator) -> int:
    """How many real second factors the person has beside this one. Recovery codes are none: they run out."""
    return (
        Authenticator.objects.filter(user_id=authenticator.user_id)
        .exclude(pk=authenticator.pk)
        .exclude(type=Authenticator.Type.RECOVERY_CODES)
        .count()
    )


def has_any(user: User) -> bool:
    """Whether the person has an app or a key at all."""
    return Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def _use_step(row: Authenticator, step: int) -> bool:
    if step <= row.data.get(LAST_STEP, -1):
        return False
    row.data[LAST_STEP] = step
    row.save(update_fields=["data"])
    return True

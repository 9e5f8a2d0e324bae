"""System checks of the log: a production installation signs checkpoints, and somebody outside takes them."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from audit import signing
from audit.log import witnesses

HINT = 'See docs/deploy.md, "Checkpoints and witnesses".'


@register(Tags.security, deploy=True)
def the_log_can_sign(**_: Any) -> list[CheckMessage]:
    """Without its own key, apart from the agency's, there are no checkpoints and no proofs."""
    wrong = signing.why_unusable(str(settings.LOG_KEY_FILE)).replace("signing key", "key of the log")
    if not wrong and str(settings.LOG_KEY_FILE) == str(settings.SIGNING_KEY_FILE):
        wrong = "The log signs with the agency's key; it needs one of its own."
    return [Error(wrong, hint=HINT, id="audit.E003")] if wrong else []


@register(Tags.security, deploy=True)
def somebody_outside_takes_checkpoints(**_: Any) -> list[CheckMessage]:
    """Without a witness, whoever rules the database can rewrite the ledger unseen."""
    found: list[CheckMessage] = [
        Error(wrong, hint=HINT, id="audit.E004")
        for given in settings.WITNESSES
        if (wrong := witnesses.why_wrong(tuple(given)))
    ]
    if not settings.WITNESSES:
        found.append(Error("No witness takes the ledger's checkpoints.", hint=HINT, id="audit.E005"))
    return found

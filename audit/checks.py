"""System checks of the ground floor."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from audit import policy


@register()
def profiles_are_sound(**_: Any) -> list[CheckMessage]:
    """Every shipped profile reads, and the configured one is among them."""
    found: list[CheckMessage] = []
    for path in sorted(policy.FOLDER.glob("*.toml")):
        try:
            policy.parse(path)
        except policy.ProfileError as error:
            found.append(Error(str(error), id="audit.E001"))
    if not (policy.FOLDER / f"{settings.POLICY_PROFILE}.toml").exists():
        found.append(Error(f"POLICY_PROFILE names no shipped profile: {settings.POLICY_PROFILE}", id="audit.E002"))
    return found

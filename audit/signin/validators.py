"""Passwords that a person of this agency would guess first (NIST SP 800-63B-4, context-specific words)."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

_WORDS = ("platekeeper", "police", "password", "licenseplate")


class ContextWordsValidator:
    """Refuses a password that is little more than the product's or the agency's name."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError when fewer than eight characters remain without the obvious words."""
        rest = password.lower()
        for word in (*_WORDS, *settings.AGENCY["name"].lower().split()):
            if len(word) > 2:
                rest = rest.replace(word, "")
        if len(rest) < 8:
            raise ValidationError("This password is mostly a word anyone here would guess.", code="context_words")

    def get_help_text(self) -> str:
        return "Not built from the product's or the agency's name."

"""Passwords that anyone would guess first (NIST SP 800-63B-4: context-specific, repeated and sequential ones)."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

_WORDS = ("platekeeper", "police", "password", "licenseplate", "department")
_SEQUENCES = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_RUN = 4
_LEFT = 8


class ContextWordsValidator:
    """Refuses a password that is little more than the product's or the agency's name, or a run along the keyboard."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError when fewer than eight characters remain without the obvious."""
        rest = _without_runs(_without_words(password.lower()))
        if len(_without_repeats("".join(rest.split()))) < _LEFT:
            raise ValidationError("This password is mostly something anyone would guess.", code="context_words")

    def get_help_text(self) -> str:
        return "Not built from the product's or the agency's name, nor from repeated or neighbouring keys."


def _without_words(text: str) -> str:
    agency = f"{settings.AGENCY['name']} {settings.AGENCY['short_name']}".lower().split()
    for word in sorted({*_WORDS, *agency}, key=len, reverse=True):
        if len(word) > 2:
            text = text.replace(word, "")
    return text


def _without_runs(text: str) -> str:
    """The text without stretches of four or more neighbours, such as "1234" or "rewq"."""
    kept, index = "", 0
    while index < len(text):
        length = max(_run_length(text, index, line) for line in (*_SEQUENCES, *(line[::-1] for line in _SEQUENCES)))
        if length >= _RUN:
            index += length
        else:
            kept, index = kept + text[index], index + 1
    return kept


def _run_length(text: str, index: int, line: str) -> int:
    start = line.find(text[index])
    length = 0
    while start >= 0 and text[index : index + length + 1] == line[start : start + length + 1]:
        if index + length >= len(text) or start + length >= len(line):
            break
        length += 1
    return length


def _without_repeats(text: str) -> str:
    """The text with each character at most twice: "aaaaaaaaaaaaaaaa" is one letter, however long."""
    return "".join(character for index, character in enumerate(text) if text[:index].count(character) < 2)

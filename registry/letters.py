"""The two messages of the registry, in the active language, as plain text."""

import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.translation import gettext as _

log = logging.getLogger(__name__)


class MailNotSent(Exception):
    """The message could not be handed to the mail server; the person may try again later."""


def send_confirmation(to: str, token: str) -> None:
    """Ask the owner of the address whether it was they who signed up. Raises MailNotSent."""
    words = _(
        "Somebody, probably you, offered a camera to the voluntary registry of %(agency)s with this e-mail address.\n\n"
        "To confirm, open this link within 24 hours and press the button:\n%(link)s\n\n"
        "If it was not you, do nothing: without your confirmation nobody sees the entry, and it is removed.\n"
    )
    _send(to, _("Confirm your camera"), words, reverse("registry:confirm", args=[token]))


def send_private_link(to: str, token: str) -> None:
    """Hand over the link to one's own entry. Raises MailNotSent."""
    words = _(
        "Your camera is now in the voluntary registry of %(agency)s.\n\n"
        "Here you can see your entry and withdraw it at any time:\n%(link)s\n\n"
        "Keep this message, and show the link to nobody: who has it can see your entry.\n"
    )
    _send(to, _("Your camera is registered"), words, reverse("registry:mine", args=[token]))


def send_new_links(to: str, tokens: list[str]) -> None:
    """New private links of all entries of this address, one a line; the old ones are dead. Raises MailNotSent."""
    words = _(
        "Somebody, probably you, asked for the private link of your camera in the registry of %(agency)s.\n\n"
        "Here you can see your entry and withdraw it; older links do not work any more:\n%(link)s\n"
    )
    paths = [reverse("registry:mine", args=[token]) for token in tokens]
    _send(to, _("Your private link"), words, *paths)


def _send(to: str, subject: str, words: str, *paths: str) -> None:
    links = "\n".join(settings.BASE_URL.rstrip("/") + path for path in paths)
    facts = {"agency": settings.AGENCY["name"], "link": links}
    message = EmailMessage(subject, words % facts, settings.DEFAULT_FROM_EMAIL, [to])
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        log.warning("a message of the registry was not sent: %s", type(error).__name__)
        raise MailNotSent from error

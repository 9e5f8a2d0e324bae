"""Telling people something inside the product: on their page of notices, and by mail where they have an address.

A notice holds no plate and shows none: it leads to a page, and opening that page is the recorded look. So neither the
page of notices nor the count in the header leaves a record on the ledger.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils.http import url_has_allowed_host_and_scheme
from kombu.exceptions import OperationalError

from audit.models import Notice, User

TASK = "audit.tasks.mail_notices"
PAGE = 100
SHOWN_FOR = timedelta(days=14)

log = logging.getLogger(__name__)


def tell(people: Iterable[User], *, key: str, words: str, path: str, at: datetime, urgent: bool = False) -> int:
    """Tell each of them once per ``key``; returns how many were told now. Part of the caller's act, mail after it.

    ``words`` hold no plate (a mail leaves the house). ``path`` is a page of ours; raises ValueError for any other.
    """
    if not path.startswith("/") or not url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        raise ValueError("a notice leads to a page of this site")
    rows = [
        Notice(recipient=person, key=key, at=at, words=words, path=path, urgent=urgent)
        for person in {person.pk: person for person in people}.values()
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    new = Notice.objects.filter(pk__in=[row.pk for row in rows])
    told, by_mail = new.count(), list(new.exclude(recipient__email="").values_list("pk", flat=True))
    if by_mail:
        transaction.on_commit(partial(_enqueue, by_mail), robust=True)
    return told


def unseen(user: User) -> int:
    """How many notices the person has not seen. One query."""
    return Notice.objects.filter(recipient=user, seen_at=None).count()


def list_notices(user: User, at: datetime) -> tuple[list[Notice], list[Notice]]:
    """The unseen, urgent ones first, and those seen in the last two weeks; newest first, at most 100 of each."""
    mine = Notice.objects.filter(recipient=user)
    fresh = mine.filter(seen_at=None).order_by("-urgent", "-at")[:PAGE]
    past = mine.filter(seen_at__gt=at - SHOWN_FOR).order_by("-at")[:PAGE]
    return list(fresh), list(past)


def mark_seen(user: User, at: datetime, *, notice_id: UUID | None = None, up_to: datetime | None = None) -> int:
    """Note that the person has seen one notice, or all; ``up_to`` spares those that came after the page was shown."""
    waiting = Notice.objects.filter(recipient=user, seen_at=None)
    if notice_id is not None:
        waiting = waiting.filter(pk=notice_id)
    if up_to is not None:
        waiting = waiting.filter(at__lte=up_to)
    return waiting.update(seen_at=at)


def open_notice(user: User, at: datetime, *, notice_id: UUID) -> str:
    """Mark it as seen and say where it leads. Raises Notice.DoesNotExist for anybody else's."""
    path = Notice.objects.values_list("path", flat=True).get(pk=notice_id, recipient=user)
    mark_seen(user, at, notice_id=notice_id)
    return path


def send_mails(notice_ids: Sequence[UUID]) -> list[UUID]:
    """Mail the notices not seen meanwhile, one person a mail; returns those the mail server did not take."""
    waiting = Notice.objects.filter(pk__in=notice_ids, seen_at=None, recipient__is_active=True)
    failed = []
    for notice in waiting.exclude(recipient__email="").select_related("recipient"):
        try:
            _mail(notice).send()
        except OSError as error:  # smtplib's errors are OSErrors too
            log.warning("notice %s was not mailed: %s", notice.pk, type(error).__name__)
            failed.append(notice.pk)
    return failed


def _mail(notice: Notice) -> EmailMessage:
    urgent = "Urgent: " if notice.urgent else ""
    body = f"{notice.words}\n\n{settings.BASE_URL.rstrip('/')}{notice.path}\n\n{settings.AGENCY['name']}, Platekeeper\n"
    return EmailMessage(f"{urgent}{notice.words}"[:120], body, to=[notice.recipient.email])


def _enqueue(notice_ids: Sequence[UUID]) -> None:
    """Hand the mails to the workers. Where the broker is away the notices stand on the page all the same."""
    try:
        current_app.send_task(TASK, kwargs={"notice_ids": [str(key) for key in notice_ids]}, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("%s notices not queued for mail: %s", len(notice_ids), type(error).__name__)

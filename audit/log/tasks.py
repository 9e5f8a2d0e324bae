"""The clockwork of checkpoints: made every 30 seconds while the log grows, handed to each witness, checked at night."""

import logging

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from audit import alarms
from audit.log import checkpoints, standing, witnesses

log = logging.getLogger(__name__)
MISMATCH = "log.checkpoint_mismatch"
EXPIRES_SECONDS = 25  # the next round sends again


@shared_task(ignore_result=True)
def checkpoint_log(**_: object) -> None:
    """Make a checkpoint if the log grew, then hand the newest to every witness that has not taken it yet."""
    at = timezone.now()
    try:
        checkpoints.make(at, by="the clock")
    except checkpoints.WillNotSign as error:
        log.critical("%s", error)
    else:
        for code in checkpoints.ALARMS:
            alarms.all_clear(code, "The ledger's head continues what was signed before.", at=at)
    hand_out()


def hand_out() -> None:
    """Let the workers hand the newest checkpoint to every witness. Without a broker the next round does it."""
    for witness in witnesses.configured():
        try:
            send_checkpoint.apply_async(kwargs={"name": witness.name}, expires=EXPIRES_SECONDS, retry=False)
        except OperationalError as error:
            log.warning("the checkpoint waits for the next round: %s", type(error).__name__)


@shared_task(ignore_result=True)
def send_checkpoint(*, name: str, **_: object) -> None:
    """Hand the newest checkpoint to one witness. What fails is tried again with the next round."""
    for witness in witnesses.configured():
        if witness.name == name:
            witnesses.send(witness, timezone.now())


@shared_task(ignore_result=True)
def check_checkpoints(**_: object) -> None:
    """Hold every checkpoint, in the database and in the file outside, against the log as it is; a mismatch alarms."""
    at, found = timezone.now(), standing.mismatches()
    for words in found:
        log.critical("%s", words)
        alarms.raise_alarm(MISMATCH, words, at=at)
    if not found:
        alarms.all_clear(MISMATCH, "Every checkpoint stands.", at=at)

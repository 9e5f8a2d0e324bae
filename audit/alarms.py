"""Alarms that leave the process even when PostgreSQL is down: a log line, a line in a file, a mail, a POST.

At most once a minute for each code, over all processes: the file itself says when the last one left. An alarm stands
until its all-clear. No alarm holds a plate or a person's name.
"""

import fcntl
import json
import logging
import os
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone

log = logging.getLogger(__name__)

LEDGER_UNWRITABLE = "ledger.unwritable"
LEDGER_UNSOUND = "ledger.unsound"
CHECKPOINTS_LATE = "ledger.checkpoints_late"
AGAIN_AFTER = timedelta(minutes=1)
TAIL_BYTES = 64 * 1024
POST_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Alarm:
    """One line of the alarm file: ``since`` is when it was first raised and not cleared since."""

    code: str
    words: str
    at: datetime
    since: datetime
    over: bool = False

    def line(self) -> bytes:
        """JSON on one line, instants in ISO 8601."""
        return json.dumps(asdict(self), default=lambda value: value.isoformat()).encode() + b"\n"


def raise_alarm(code: str, words: str, *, at: datetime) -> bool:
    """Let an alarm out by every way there is; whether it went now (False within a minute of the last one)."""
    return _tell(code, words, at, over=False)


def all_clear(code: str, words: str, *, at: datetime) -> bool:
    """End an alarm that stands; False where none did."""
    return _tell(code, words, at, over=True)


def latest() -> list[Alarm]:
    """The alarms that stand, oldest first, as the end of the alarm file tells them. An empty list without a file."""
    try:
        with _file().open("rb") as file:
            found = _last_by_code(file)
    except FileNotFoundError:
        return []
    return sorted((alarm for alarm in found.values() if not alarm.over), key=lambda alarm: alarm.since)


def _tell(code: str, words: str, at: datetime, *, over: bool) -> bool:
    try:
        alarm = _note(code, words, at, over)
    except OSError as error:
        log.critical("the alarm file cannot be written: %s", type(error).__name__)
        alarm = Alarm(code, words, at, at, over)
    if alarm is None:
        return False
    log.critical("alarm %s: %s: %s", "over" if over else "raised", code, words)
    threading.Thread(target=_send, args=(alarm,), name="alarm").start()
    return True


def _note(code: str, words: str, at: datetime, over: bool) -> Alarm | None:
    """Add the line, on disk before this returns; None where nothing new is to be told."""
    with _locked() as file:
        before = _last_by_code(file).get(code)
        stands = before is not None and not before.over
        if over and not stands:
            return None
        if not over and stands and before and timedelta() <= at - before.at < AGAIN_AFTER:
            return None
        alarm = Alarm(code, words, at, before.since if stands and before else at, over)
        file.seek(0, os.SEEK_END)
        file.write(alarm.line())
        file.flush()
        os.fsync(file.fileno())
    return alarm


def _file() -> Path:
    return Path(settings.ALARM_FILE or Path(settings.STATE_DIR) / "alarms.jsonl")


@contextmanager
def _locked() -> Iterator[IO[bytes]]:
    path = _file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _last_by_code(file: IO[bytes]) -> dict[str, Alarm]:
    """The last line of each code in the file's end; a line cut off by a crash is passed over."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - TAIL_BYTES))
    found = {}
    for line in file.read().splitlines():
        try:
            raw = json.loads(line)
            at, since = datetime.fromisoformat(raw["at"]), datetime.fromisoformat(raw["since"])
            found[raw["code"]] = Alarm(raw["code"], raw["words"], at, since, raw["over"])
        except (ValueError, KeyError, TypeError):
            continue
    return found


def _send(alarm: Alarm) -> None:
    """Mail and POST, each on its own: one that fails is logged and does not keep the other."""
    for way in (_mail, _post):
        try:
            way(alarm)
        except Exception as error:  # noqa: BLE001 - an alarm's way out may fail in any way, and the others must go on
            log.critical("alarm %s did not leave by %s: %s", alarm.code, way.__name__[1:], type(error).__name__)


def _mail(alarm: Alarm) -> None:
    if settings.ALARM_MAIL:
        state = "is over" if alarm.over else f"stands since {alarm.since.isoformat()}"
        text = f"{alarm.words}\n\nAlarm {alarm.code} {state}. Sent {timezone.now().isoformat()}.\n"
        send_mail(f"Platekeeper alarm: {alarm.code}", text, None, settings.ALARM_MAIL)


def _post(alarm: Alarm) -> None:
    if settings.ALARM_URL:
        head = {"Content-Type": "application/json"}
        request = urllib.request.Request(settings.ALARM_URL, alarm.line(), head, method="POST")  # noqa: S310 - a setting
        urllib.request.urlopen(request, timeout=POST_SECONDS).close()  # noqa: S310 - as above

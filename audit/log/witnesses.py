"""Handing checkpoints to witnesses, and keeping what each answered. The witness itself is ``audit/log/witness.py``.

Sending never waits for more than a few seconds, and never holds a lock: a witness that is down makes the exposure
window grow and nothing else.
"""

import base64
import json
import logging
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from audit import alarms
from audit.log import checkpoints, keys, notes, proofs
from audit.models import Checkpoint, CheckpointCopy

log = logging.getLogger(__name__)
DISAGREES = "log.witness_disagrees"
TIMEOUT_SECONDS = 5
MOST_ANSWER_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness of the settings: its name, where it takes checkpoints, its public key (32 bytes)."""

    name: str
    url: str
    public: bytes

    @property
    def place(self) -> str:
        """As ``CheckpointCopy.place`` names it."""
        return checkpoints.WITNESS + self.name


class Fault(Exception):
    """Why a witness did not take a checkpoint; ``grave`` when it contradicts what the log says."""

    def __init__(self, words: str, *, grave: bool = False) -> None:
        super().__init__(words)
        self.grave = grave


def why_wrong(given: tuple[str, ...]) -> str:
    """What is wrong with an entry of ``settings.WITNESSES``; "" if nothing."""
    try:
        name, url, key = given
        notes.check_name(name)
        if urlsplit(url).scheme not in ("http", "https") or len(notes.decode64(key)) != 32:
            return f"The witness {name} needs an http(s) address and 32 bytes of key in base64."
    except ValueError as error:
        return f"A witness is given as name, address and public key, apart by spaces ({error})."
    return ""


def configured() -> list[Witness]:
    """The witnesses of the settings."""
    return [
        Witness(given[0], given[1].rstrip("/"), base64.b64decode(given[2]))
        for given in settings.WITNESSES
        if not why_wrong(tuple(given))
    ]


def send(witness: Witness, at: datetime) -> CheckpointCopy | None:
    """Hand the newest checkpoint to a witness and keep the answer; None when there is nothing new to say.

    A contradiction between the witness and the log is an alarm.
    """
    newest = checkpoints.latest()
    if newest is None or _taken(newest, witness):
        return None
    last = checkpoints.last_taken(witness.place)
    try:
        line = _submit(witness, newest, last.checkpoint.size if last else 0)
        taken = CheckpointCopy.objects.create(checkpoint=newest, place=witness.place, at=at, cosignature=line)
        alarms.all_clear(DISAGREES, f"Witness {witness.name} takes checkpoints again.", at=at)
        return taken
    except (Fault, proofs.NoProof) as error:
        fault = str(error)[:300]
        if isinstance(error, Fault) and error.grave:
            alarms.raise_alarm(DISAGREES, f"Witness {witness.name}: {fault}", at=at)
        return _note_fault(newest, witness, fault, at)


def _taken(checkpoint: Checkpoint, witness: Witness) -> bool:
    return CheckpointCopy.objects.filter(checkpoint=checkpoint, place=witness.place, fault="").exists()


def _note_fault(checkpoint: Checkpoint, witness: Witness, fault: str, at: datetime) -> CheckpointCopy | None:
    """Keep a fault once for each checkpoint, not once for each try."""
    said = CheckpointCopy.objects.filter(checkpoint=checkpoint, place=witness.place, fault=fault)
    if said.exists():
        return None
    log.warning("witness %s did not take the checkpoint over %s records: %s", witness.name, checkpoint.size, fault)
    return CheckpointCopy.objects.create(checkpoint=checkpoint, place=witness.place, at=at, fault=fault)


def _submit(witness: Witness, checkpoint: Checkpoint, old: int) -> str:
    """The witness's signature line. Raises Fault."""
    known = old
    for _ in range(3):
        status, answer = _post(witness, body(checkpoint, known))
        if status == 200:
            return _cosignature(witness, checkpoint, answer)
        if status == 403 and _took_key(witness):
            continue
        if status != 409 or (told := _size(answer)) is None:
            break
        if told > checkpoint.size:
            raise Fault(f"it has seen {told} records of this log; the log has {checkpoint.size}", grave=True)
        if told == known:
            raise Fault(f"it has seen another log of {told} records under our name", grave=True)
        known = told
    grave = status in (409, 422)
    raise Fault(f"it answered {status}: {answer.decode('utf-8', 'replace').strip()[:200]}", grave=grave)


def body(checkpoint: Checkpoint, old: int) -> bytes:
    """What is posted (c2sp.org/tlog-witness): old size, consistency proof, empty line, checkpoint."""
    proof = proofs.consistency(old, checkpoint.size)
    lines = [f"old {old}", *(base64.b64encode(piece).decode() for piece in proof), "", checkpoint.note]
    return "\n".join(lines).encode()


def _took_key(witness: Witness) -> bool:
    """Whether the witness learnt a new key of ours just now, by the statement that the old one signed too."""
    status, answer = _post(witness, json.dumps(keys.published()).encode(), "/add-key")
    return status == 200 and answer.strip() not in (b"", b"0")


def _cosignature(witness: Witness, checkpoint: Checkpoint, answer: bytes) -> str:
    text = notes.parse(checkpoint.note).text
    for given in answer.decode("utf-8", "replace").splitlines():
        try:
            line = notes.signature_line(given)
        except notes.BadNote:
            continue
        if line.name == witness.name and notes.cosigned(text, line, witness.public) is not None:
            return str(line)
    raise Fault("it answered without a signature of its own key over this checkpoint", grave=True)


def _size(answer: bytes) -> int | None:
    text = answer.decode("ascii", "replace").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def _post(witness: Witness, data: bytes, path: str = "/add-checkpoint") -> tuple[int, bytes]:
    request = urllib.request.Request(witness.url + path, data, {"Content-Type": "text/plain; charset=utf-8"})  # noqa: S310 - http(s) by why_wrong
    try:
        with _opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return answer.status, answer.read(MOST_ANSWER_BYTES)
    except urllib.error.HTTPError as error:
        return error.code, error.read(MOST_ANSWER_BYTES)
    except (OSError, ValueError) as error:
        raise Fault(f"it does not answer: {type(error).__name__}") from error

"""``manage.py demo_read``: post a photograph to the running product as a camera would, and follow it to its hit."""

import http.client
import json
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit import ledger
from audit.actions import Action
from audit.asker import system
from detections.models import Detection, Hit, Photo
from detections.reader_state import reader_state

DONE = frozenset(Photo.Status) - {Photo.Status.WAITING, Photo.Status.READING}
KEYS = "demo-device-keys.json"


class Command(BaseCommand):
    help = (
        "Posts a photograph to the running product over HTTP with a demonstration camera's key, follows it through "
        "the plate reader to its hit, and prints one JSON object last: {read, plate, confidence, seconds, hit}. "
        "The site must be running (make run) and the reader installed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--photo", required=True, type=Path, help="a JPEG or PNG file")
        parser.add_argument("--camera", default="", help="code of a demonstration camera (default: the first one)")
        parser.add_argument("--base", default=settings.BASE_URL, help="address of the running product (%(default)s)")
        parser.add_argument("--timeout", type=float, default=300, help="seconds to wait for the reader (%(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        picture = _picture(Path(options["photo"]))
        camera, key = _camera_and_key(options["camera"])
        _require_reader()
        camera_side = CameraSide(options["base"], key)
        started = time.monotonic()
        photo_id, address = camera_side.post(picture)
        self.stderr.write(f"Posted as camera {camera}; waiting for the plate reader.")
        status = self._follow(camera_side, address, started + options["timeout"])
        seconds = round(time.monotonic() - started, 1)
        self.stderr.write(f"After {seconds} s: {Photo.Status(status).label.lower()}.")
        self.stdout.write(json.dumps(result_of(photo_id, seconds)))

    def _follow(self, camera_side: "CameraSide", address: str, until: float) -> str:
        while (status := camera_side.status(address)) not in DONE:
            if time.monotonic() > until:
                words = reader_state().words or "Is its worker running?"
                raise CommandError(f"The plate reader has not come to this photograph in time. {words}")
            time.sleep(0.5)
        return status


class CameraSide:
    """What a camera knows: the address of the product and its own key."""

    def __init__(self, base: str, key: str) -> None:
        self.base, self.key = base, key
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise CommandError(f"{base!r} is not an address such as http://127.0.0.1:8000")

    def post(self, picture: bytes) -> tuple[str, str]:
        """The photograph's id and the address of its status."""
        fields = {"captured_at": timezone.now().isoformat(), "client_key": f"demo-read-{uuid.uuid4()}"}
        body, content_type = multipart(fields, picture)
        answer = self._ask("POST", "/api/v1/reads/photo/", body, content_type)
        return str(answer["id"]), str(answer["read_status_url"])

    def status(self, address: str) -> str:
        return str(self._ask("GET", address)["status"])

    def _ask(self, method: str, address: str, body: bytes | None = None, content_type: str = "") -> dict[str, Any]:
        parts = urlsplit(self.base)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        line = kind(str(parts.hostname), parts.port, timeout=30)
        target = urlsplit(address)
        headers = {"Authorization": f"Bearer {self.key}"} | ({"Content-Type": content_type} if content_type else {})
        try:
            line.request(method, target.path, body, headers)
            response = line.getresponse()
            status, text = response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            raise CommandError(f"The site does not answer at {self.base}. Start it with: make run") from error
        finally:
            line.close()
        return _answer(status, text)


def multipart(fields: dict[str, str], picture: bytes) -> tuple[bytes, str]:
    """A multipart/form-data body with the fields and the photograph; and its content type."""
    boundary = uuid.uuid4().hex
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()
    ]
    head = b'Content-Disposition: form-data; name="photo"; filename="photo"\r\nContent-Type: application/octet-stream'
    parts.append(head + b"\r\n\r\n" + picture + b"\r\n")
    edge = f"--{boundary}\r\n".encode()
    body = b"".join(edge + part for part in parts) + f"--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def result_of(photo_id: str, seconds: float) -> dict[str, Any]:
    """What became of the photograph, in the order it is printed: its read with a hit, else its surest read.

    Recorded as a look.
    """
    with ledger.act(
        Action.READ_VIEW, by=system("demo_read"), at=timezone.now(), purpose="system", subject=("photo", photo_id, "")
    ) as record:
        photo = Photo.objects.get(pk=photo_id)
        read = Detection.objects.of_photo(photo).order_by("-confidence", "pk").first()
        made = Hit.objects.filter(captured_at=photo.captured_at, detection__photo=photo).select_related("detection")
        hit = made.order_by("pk").first()
        read = hit.detection if hit else read
        record.result_count = 1 if read else 0
    return {
        "read": str(read.pk) if read else None,
        "plate": read.plate if read else None,
        "confidence": read.confidence if read else None,
        "seconds": seconds,
        "hit": str(hit.pk) if hit else None,
    }


def _picture(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"The photograph cannot be opened: {path} ({error.strerror or 'unreadable'})") from error


def _camera_and_key(code: str) -> tuple[str, str]:
    path = settings.STATE_DIR / KEYS
    try:
        keys: dict[str, str] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise CommandError("There are no demonstration cameras here yet. Start the product with: make run") from error
    code = code or next(iter(sorted(keys)), "")
    if code not in keys:
        raise CommandError(f"No demonstration camera has the code {code!r}. There are: {', '.join(sorted(keys))}")
    return code, keys[code]


def _require_reader() -> None:
    state = reader_state()
    if state.state == "off":
        raise CommandError("The plate reader is switched off. Start the product with its reader: make run OCR=1")
    if state.state == "failed":
        raise CommandError(f"The plate reader could not be installed. {state.message}".strip())


def _answer(status: int, text: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError as error:
        raise CommandError(f"The site answered {status} without JSON: is something else running there?") from error
    if status >= 400 or not isinstance(answer, dict):
        reason = answer.get("reason") or answer.get("detail") if isinstance(answer, dict) else ""
        raise CommandError(f"The site answered {status}: {reason or 'no reason given'}")
    return answer

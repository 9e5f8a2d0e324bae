"""Builders for the tests of evidence packages: reads with real pictures, packages, and the verifier as a program."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image
from pypdf import PdfReader

from audit.models import User
from detections import images
from detections.evidence.ask import Handing, ask_package
from detections.evidence.build import build_package
from detections.models import Detection, EvidencePackage, Photo, Search
from detections.photo_tokens import Look
from detections.searching.question import Kind, Question
from tests import make

VERIFIER = Path(settings.BASE_DIR) / "bin" / "platekeeper-verify-evidence.py"
LOOK = Look("locate", "Stolen from the Elm Street garage last night", "26-123456")
AT = make.NOON + timedelta(hours=1)
WITHOUT_SIGNATURES = (
    "import runpy, sys; sys.modules['cryptography'] = None; runpy.run_path(sys.argv.pop(1), run_name='__main__')"
)


def picture(colour: str = "navy") -> bytes:
    """A camera's JPEG, with EXIF data as cameras write it."""
    image = Image.new("RGB", (320, 200), colour)
    exif = image.getexif()
    exif[0x0110] = "Hidden camera model"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def read_with_photo(plate: str = "0DEM123", *, at: datetime = make.NOON, **fields: Any) -> Detection:
    """A read whose photograph lies in storage as ingest puts it there."""
    read = make.detection(plate, at=at, **fields)
    content = picture()
    photo = Photo(
        camera=read.camera,
        captured_at=at,
        received_at=at,
        client_key=f"photo-{Photo.objects.count()}",
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        width=320,
        height=200,
        status=Photo.Status.ATTACHED,
    )
    photo.original.save("x", ContentFile(content), save=False)
    photo.served.save("x", ContentFile(images.clean(content)), save=False)
    photo.save(force_insert=True)
    Detection.objects.at(read.ref).update(photo=photo)
    return Detection.objects.select_related("camera", "photo").at(read.ref).get()


def packaged(
    by: User,
    reads: Sequence[Detection],
    *,
    at: datetime = AT,
    look: Look = LOOK,
    **handing: str,
) -> EvidencePackage:
    """A package of the reads, made at once."""
    asked = ask_package(by=make.by(by), at=at, refs=[read.ref for read in reads], look=look, handing=Handing(**handing))
    build_package(package_id=asked.pk, at=at)
    return EvidencePackage.objects.get(pk=asked.pk)


def search_of(by: User, *, at: datetime, case_number: str = "26-123456") -> Search:
    """A search of the person's, as it stands after it was run."""
    return Search.objects.create(
        asked_by=by,
        asked_at=at,
        purpose=LOOK.purpose,
        reason=LOOK.reason,
        case_number=case_number,
        question=Question(kind=Kind.PLATE, plate="0DEM123", from_at=at - timedelta(days=1), to_at=at).as_json(),
        result_count=1,
    )


def members(package: EvidencePackage) -> dict[str, bytes]:
    """The files in the package's zip."""
    with default_storage.open(package.file) as file, zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def facts(package: EvidencePackage, number: int = 1) -> dict[str, Any]:
    """The facts of one of its reads."""
    return json.loads(members(package)[f"reads/{number:03}.json"])


def sheet_text(package: EvidencePackage) -> str:
    """The words of the sheet, in reading order, with single spaces."""
    sheet = PdfReader(io.BytesIO(members(package)["evidence.pdf"]))
    return " ".join(" ".join(page.extract_text() for page in sheet.pages).split())


def zipped(content: dict[str, bytes], path: Path) -> Path:
    """A zip of these files."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def verify(path: Path, *options: str, signatures: bool = True) -> tuple[int, str]:
    """Run the verifier as a program of its own, without Django: its exit code and what it said."""
    program = [str(VERIFIER)] if signatures else ["-c", WITHOUT_SIGNATURES, str(VERIFIER)]
    command = [sys.executable, "-I", *program, str(path), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.returncode, done.stdout

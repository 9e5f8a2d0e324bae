"""Which camera a row is of: by its code, or by a name that the layout has for it."""

from collections.abc import Mapping

from cameras.models import Camera
from detections.ingest.parsing import shown
from detections.ingest.reads import BadRead
from detections.models import Upload
from detections.uploads.layout import Layout, compared

UNKNOWN, NOT_YOURS = "camera.unknown", "camera.not_yours"


class Cameras:
    """The cameras that the rows of one file may be of. One query."""

    def __init__(self, upload: Upload, layout: Layout) -> None:
        self._only = upload.camera
        self._by_code = {compared(camera.code): camera for camera in Camera.objects.all()} if not self._only else {}
        self._names: Mapping[str, str] = layout.cameras

    def find(self, name: str) -> Camera | BadRead:
        """The camera of a row that names it so ("" for a row that names none), or why it can be none."""
        said = compared(name)
        code = compared(self._names.get(said, said))
        if self._only is not None:
            if not said or code == compared(self._only.code):
                return self._only
            reason = f"{shown(name)} is not the camera {self._only.code}, which this file was handed in for."
            return BadRead(None, "camera", reason, NOT_YOURS)
        if not said:
            return BadRead(None, "camera", "is missing.", UNKNOWN)
        return self._by_code.get(code) or BadRead(None, "camera", f"{shown(name)} is no camera here.", UNKNOWN)

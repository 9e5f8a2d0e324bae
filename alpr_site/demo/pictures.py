"""Drawn pictures of cars that do not exist, with plates California does not issue."""

from datetime import datetime
from io import BytesIO

from django.conf import settings
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIZE = (640, 480)
COLOURS = ((120, 28, 34), (34, 62, 110), (70, 74, 78), (210, 210, 204), (32, 84, 60))


def draw_car(plate: str, *, colour: int = 0, blurred: bool = False) -> bytes:
    """A JPEG of the back of a car with the plate; ``blurred`` so that neither machine nor person reads it at ease."""
    picture = Image.new("RGB", SIZE, (168, 186, 204))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 250, 640, 480), fill=(92, 92, 94))
    draw.polygon([(300, 250), (340, 250), (420, 480), (220, 480)], fill=(104, 104, 106))
    body = COLOURS[colour % len(COLOURS)]
    draw.ellipse((150, 385, 235, 450), fill=(24, 24, 26))
    draw.ellipse((405, 385, 490, 450), fill=(24, 24, 26))
    draw.rounded_rectangle((190, 110, 450, 260), radius=46, fill=body)
    draw.rounded_rectangle((222, 130, 418, 222), radius=26, fill=(54, 66, 78))
    draw.rounded_rectangle((130, 210, 510, 425), radius=34, fill=body)
    for left in (146, 436):
        draw.rounded_rectangle((left, 250, left + 58, 296), radius=10, fill=(198, 36, 36))
    draw.rectangle((130, 388, 510, 412), fill=tuple(max(0, part - 26) for part in body))
    _draw_plate(draw, plate)
    if blurred:
        picture = picture.resize((64, 48)).resize(SIZE).filter(ImageFilter.GaussianBlur(3))
    written = BytesIO()
    picture.save(written, "JPEG", quality=85)
    return written.getvalue()


def _draw_plate(draw: ImageDraw.ImageDraw, plate: str) -> None:
    box = (216, 300, 424, 372)
    draw.rounded_rectangle(box, radius=8, fill=(246, 246, 242), outline=(40, 40, 44), width=3)
    draw.text((320, 313), "DEMONSTRATION", fill=(150, 30, 40), font=ImageFont.load_default(12), anchor="mm")
    draw.text((320, 343), plate, fill=(24, 34, 92), font=ImageFont.load_default(44), anchor="mm")


def write_sample(_: datetime) -> int:
    """The picture of a hot plate's car, for ``make demo-read``; 0 where it is there already."""
    path = settings.STATE_DIR / "demo-car.jpg"
    if path.exists():
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(draw_car("0DEM123"))
    return 1

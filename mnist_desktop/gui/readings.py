"""What the window asks to be read, what it is answered, and how a question becomes an answer in the reading thread."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QSize, Qt
from PySide6.QtGui import QImage

from mnist_desktop.gui.picture_steps import shown_steps, without_steps
from mnist_desktop.gui.preview import Overlay
from mnist_desktop.gui.shown_picture import ShownPicture
from mnist_desktop.ink.choices import AUTOMATIC, Choices
from mnist_desktop.ink.drawing import Drawing, DrawingError, read_ink_file
from mnist_desktop.log.record import Source

if TYPE_CHECKING:
    # NumPy, Pillow and SciPy come after the first paint (DESIGN.md, section 7: "Fast").
    from mnist_desktop.ink.pictures import Picture
    from mnist_desktop.recognition.reader import NumberReading, Reader, Reading


PNG = "image/png"


@dataclass(frozen=True, kw_only=True)
class DrawingRequest:
    """A drawing to read; `revision` tells its answer from that of an earlier or later one."""

    revision: int
    drawing: Drawing
    explained: bool = False
    """Whether the answer is to say what decided."""
    growing: bool = False
    """Whether the pen is still down: the answer is for the eye, and the drawing is read once more when it is lifted."""


@dataclass(frozen=True, kw_only=True)
class PictureRequest:
    """A picture to read: a file, what the clipboard held, or one that is shown already and looked at otherwise now."""

    revision: int
    source: Source
    content: Path | bytes | QImage | ShownPicture
    name: str | None
    choices: Choices = AUTOMATIC
    """What the person decided about how it is looked at."""
    known: tuple[UUID, ...] = ()
    """The records that were made of it before."""


@dataclass(frozen=True, kw_only=True)
class InkFileRequest:
    """An ink file whose drawing is to be put on the canvas."""

    revision: int
    path: Path
    index: int | None = None
    """Which of its drawings; the first where nobody said."""
    known: tuple[UUID, ...] = ()
    """The records that were made of it before."""


@dataclass(frozen=True, kw_only=True)
class ExplainRequest:
    """A reading that is shown, and of which the person wants to know what decided."""

    revision: int
    reading: Reading


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What decided about a glyph, and how long it took to find out."""

    overlay: Overlay
    seconds: float


@dataclass(frozen=True, kw_only=True)
class DrawingRead:
    """The answer to a DrawingRequest; no number when there is no model to read with."""

    request: DrawingRequest
    number: NumberReading | None
    newest: int = 0
    """Which digit of the number the last stroke belongs to."""
    explanation: Explanation | None = None
    """What decided about that digit, where it was asked for and there was something to explain."""


@dataclass(frozen=True, kw_only=True)
class PictureRead:
    """The answer to a PictureRequest; `error` is a sentence for the person when there is no picture."""

    request: PictureRequest
    shown: ShownPicture | None = None
    number: NumberReading | None = None
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class InkFileRead:
    """The answer to an InkFileRequest: its first drawing, or a sentence; `more` when it holds others."""

    request: InkFileRequest
    drawing: Drawing | None = None
    more: bool = False
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Explained:
    """The answer to an ExplainRequest; no explanation when the engine broke down."""

    request: ExplainRequest
    explanation: Explanation | None


Request = DrawingRequest | PictureRequest | InkFileRequest | ExplainRequest
Answered = DrawingRead | PictureRead | InkFileRead | Explained


def answer_to(request: Request, reader: Reader | None) -> Answered:
    """The answer to `request`; a ModelError when the engine breaks down."""
    match request:
        case DrawingRequest():
            return _read_drawing(request, reader)
        case PictureRequest():
            return _read_picture(request, reader)
        case InkFileRequest():
            return _read_ink_file(request)
        case ExplainRequest():
            return Explained(request=request, explanation=_explain(request.reading, reader))


def no_answer_to(request: Request, why: str) -> Answered:
    """What the one who asked is told when answering broke."""
    match request:
        case DrawingRequest():
            return DrawingRead(request=request, number=None)
        case PictureRequest():
            return PictureRead(request=request, error=why)
        case InkFileRequest():
            return InkFileRead(request=request, error=why)
        case ExplainRequest():
            return Explained(request=request, explanation=None)


def _read_drawing(request: DrawingRequest, reader: Reader | None) -> DrawingRead:
    if reader is None:
        return DrawingRead(request=request, number=None)
    number = (reader.read_growing if request.growing else reader.read_digits)(request.drawing)
    newest = _newest(number, request.drawing)
    explanation = _explain(number.digits[newest].reading, reader) if request.explained else None
    return DrawingRead(request=request, number=number, newest=newest, explanation=explanation)


def _newest(number: NumberReading, drawing: Drawing) -> int:
    """Which digit of `number` the last stroke of `drawing` belongs to; of a stroke that draws several, the last."""
    if len(number.digits) == 1:
        return 0
    last = [stroke for stroke in drawing.strokes if stroke.points][-1]
    for place, placed in enumerate(number.digits):
        if placed.reading.drawing is not None and any(stroke is last for stroke in placed.reading.drawing.strokes):
            return place
    x, y = last.points[-1]

    def distance(place: int) -> float:
        left, top, width, height = number.digits[place].box or (x, y, 0.0, 0.0)
        return math.dist((x, y), (min(max(x, left), left + width), min(max(y, top), top + height)))

    return min(range(len(number.digits)), key=distance)


def _explain(reading: Reading, reader: Reader | None) -> Explanation | None:
    # Not at the top: see above.
    from mnist_desktop.recognition.explain import tinted

    if reader is None or reading.glyph is None or reading.model != reader.model.card.name:
        # There is nothing to explain, or another model read it, which has been left meanwhile.
        return None
    started = time.perf_counter()
    weights = reader.explain(reading.glyph, reading.prediction)
    overlay = Overlay(pixels=tinted(reading.glyph, weights).tobytes(), weights=weights)
    return Explanation(overlay=overlay, seconds=time.perf_counter() - started)


def _read_picture(request: PictureRequest, reader: Reader | None) -> PictureRead:
    # Not at the top: see above.
    from mnist_desktop.ink.pictures import PictureError

    try:
        picture, image = _decoded(request)
    except PictureError as error:
        return PictureRead(request=request, error=str(error))
    # SciPy's import, a fifth of a second once and seconds on a cold disk, is not part of how long this picture takes.
    import scipy.ndimage  # noqa: F401 - imported early, so that no reading is timed with it

    number = None if reader is None else reader.read_digits(picture, request.choices, keep_steps=True)
    shown = shown_picture(picture, number, image, request.choices)
    return PictureRead(request=request, shown=shown, number=None if number is None else without_steps(number))


def _decoded(request: PictureRequest) -> tuple[Picture, QImage]:
    """The picture's pixels, and as Qt paints them; a PictureError when there are none."""
    # Not at the top: see above.
    from mnist_desktop.ink.pictures import decode_picture, read_picture

    content = request.content
    if isinstance(content, ShownPicture) and content.picture is not None:
        return content.picture, content.image
    if isinstance(content, Path):
        picture = read_picture(content)
    else:
        content = content.image if isinstance(content, ShownPicture) else content
        picture = decode_picture(as_png(content) if isinstance(content, QImage) else content, name=request.name)
    height, width = picture.pixels.shape[:2]
    levels = picture.pixels.tobytes()
    borrowed = QImage(levels, width, height, 3 * width, QImage.Format.Format_RGB888)
    # It borrows the bytes; its copy owns its pixels, may leave this thread, and is of the kind that Qt scales fastest.
    return picture, borrowed.convertToFormat(QImage.Format.Format_RGB32)


def _read_ink_file(request: InkFileRequest) -> InkFileRead:
    try:
        drawings = islice(read_ink_file(request.path), request.index or 0, None)
        first = next(drawings, None)
        more = request.index is None and next(drawings, None) is not None
    except DrawingError as error:
        return InkFileRead(request=request, error=f"{request.path.name}: {error}")
    except OSError as error:
        return InkFileRead(request=request, error=f"{request.path.name} cannot be read ({error.strerror or error}).")
    if first is None or first.drawing.blank:
        return InkFileRead(request=request, error=f"{request.path.name} holds no drawing.")
    return InkFileRead(request=request, drawing=first.drawing, more=more)


def as_png(image: QImage) -> bytes:
    """An image that Qt holds (from the clipboard) as the bytes of a picture, to go the way that all pictures go.

    Shrunk as `ink.pixels` shrinks all pictures: whatever fits on a clipboard can be read.
    """
    from mnist_desktop.ink.pixels import MAX_SIDE

    factor = -(-max(image.width(), image.height()) // MAX_SIDE)
    if factor > 1:
        size = QSize(max(1, image.width() // factor), max(1, image.height() // factor))
        image = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    # Quality 100 is Qt's name for the fastest PNG compression.
    image.save(buffer, "PNG", 100)  # type: ignore[call-overload]  # PySide's stub wants the format as bytes, PySide itself a str
    return bytes(content.data())


def picture_in(data: QMimeData) -> bytes | QImage | None:
    """The picture that was pasted or dropped as such; None when there is none.

    As a PNG where the other program offers one: it is decoded in the reading thread, where Qt would do so at once.
    """
    from mnist_desktop.ink.pictures import MAX_BYTES

    png = bytes(data.data(PNG).data()) if data.hasFormat(PNG) else b""
    if 0 < len(png) <= MAX_BYTES:
        return png
    image = data.imageData() if data.hasImage() else None
    return image if isinstance(image, QImage) and not image.isNull() else None


def shown_picture(picture: Picture, number: NumberReading | None, image: QImage, choices: Choices) -> ShownPicture:
    """`picture` as Qt paints it, with the boxes of the found digits, and how they were found where that was kept."""
    height, width = picture.pixels.shape[:2]
    found = [] if number is None else [placed.box for placed in number.digits if placed.box is not None]
    boxes = tuple((x / width, y / height, across / width, down / height) for x, y, across, down in found)
    steps = None if number is None else shown_steps(picture, image, number)
    return ShownPicture(image=image, boxes=boxes, picture=picture, choices=choices, steps=steps)

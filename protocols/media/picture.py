"""One picture file as it is to be seen: upright, 8 bits, RGB.

The whole file is read first, so that whatever its decoder says is about the file and never about the disk.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from protocols.media import jpeg
from protocols.media.findings import about, read_file
from protocols.media.frame import MAX_PIXELS, Undecodable, check_size
from protocols.media.upright import View, of_orientation, show

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 512 << 20
FORMATS = ("JPEG", "PNG", "BMP", "WEBP")
_ORIENTATION = 0x0112
_DEEP = ("I;16", "I;16L", "I;16B", "I;16N")
_CANNOT = ("truncated", "not processed", "broken data stream")


def read_image(path: Path) -> NDArray[np.uint8]:
    """One JPEG, PNG, BMP or WebP file, uint8, (height, width, 3), RGB, turned upright by its EXIF orientation.

    16 bits become 8; transparency is left out; palettes, grey, CMYK become RGB. Of several pictures in one file the
    first is taken. Raises `Undecodable`, also for a file that breaks off: half a picture is not silently filled with
    grey (a lost end marker alone is no lost picture), and `UnreadableError` where the system does not let it be read.
    """
    data = read_file(path, MAX_BYTES)
    with about(path):
        try:
            return _without_end(data) if jpeg.lacks_end(data) else _decoded(data)
        except Undecodable:
            raise
        except (OSError, SyntaxError, ValueError) as error:  # the three that Pillow's decoders mean to raise
            broken = any(word in str(error) for word in _CANNOT)
            raise Undecodable("image file breaks off" if broken else "not a readable image file") from None


def _without_end(data: bytes) -> NDArray[np.uint8]:
    """The picture of a JPEG file that has lost its end marker and nothing else. Raises `Undecodable`."""
    first = None
    for whole in jpeg.continuations(data):
        pixels = _decoded(whole)
        if first is not None and not np.array_equal(first, pixels):
            raise Undecodable("image file breaks off")
        first = pixels
    if first is None:
        raise Undecodable("image file breaks off")
    return first


def _decoded(data: bytes) -> NDArray[np.uint8]:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of large pictures (check_size refuses them) and of odd EXIF
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                check_size(*image.size)
                image.load()
                return show(_rgb(image), _view(image))
        except Image.DecompressionBombError:
            raise Undecodable(f"picture is over the limit of {MAX_PIXELS // 10**6} megapixels") from None


def _view(image: Image.Image) -> View:
    """What the file says of its orientation; where its EXIF block cannot be read, it says nothing."""
    try:
        return of_orientation(image.getexif().get(_ORIENTATION))
    except Exception:  # Pillow parses EXIF by hand: a damaged block raises whatever comes first, and costs no pixel
        return View()


def _rgb(image: Image.Image) -> NDArray[np.uint8]:
    """8-bit RGB pixels, uint8, (height, width, 3). Raises `Undecodable` for depths whose white is not known."""
    if image.mode in _DEEP or (image.mode == "I" and image.format == "PNG"):
        grey = np.asarray(image).astype(np.uint32)
        if grey.max(initial=0) > 0xFFFF:
            raise Undecodable("picture of more than 16 bits: refused")
        return np.repeat(((grey + 128) // 257).astype(np.uint8)[..., None], 3, axis=2)
    if image.mode in ("I", "F"):
        raise Undecodable(f"picture of 32 bits a pixel (mode {image.mode}): refused")
    return np.array(image.convert("RGB"))

"""JPEG and PNG: decoded by Pillow within limits and written anew, so that only the picture is left.

Where and when a photograph was taken (Exif), its preview, comments and whatever hung behind it are gone.
"""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Literal

from PIL import Image, ImageOps

from ieum.intake.documents.unfit import Unfit

PIXELS_MAX = 40_000_000
SIDE_MAX = 30_000
JPEG_QUALITY = 90
GROWTH_MAX, GROWTH_FROM_BYTES = 3, 1024 * 1024
"""What was packed better than Pillow packs grows; a picture made to grow without end is not taken."""
_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})


def rewritten(raw: bytes, media: Literal["jpeg", "png"]) -> bytes:
    """The picture alone, upright; raises Unfit."""
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    try:
        with Image.open(BytesIO(raw), formats=[media.upper()]) as opened:
            width, height = opened.size
            if width * height > PIXELS_MAX or max(width, height) > SIDE_MAX:
                raise Unfit("picture-too-large")
            upright = ImageOps.exif_transpose(opened)
    except Image.DecompressionBombError:
        raise Unfit("picture-too-large") from None
    except (OSError, SyntaxError, ValueError, EOFError, OverflowError):
        raise Unfit("damaged") from None
    written = _written(upright, media)
    if len(written) > GROWTH_MAX * len(raw) + GROWTH_FROM_BYTES:
        raise Unfit("picture-too-large")
    return written


def _written(picture: Image.Image, media: Literal["jpeg", "png"]) -> bytes:
    transparency = picture.info.get("transparency")
    picture.info = {} if transparency is None or media == "jpeg" else {"transparency": transparency}
    out = BytesIO()
    if media == "jpeg":
        plain = picture if picture.mode in ("L", "RGB") else picture.convert("RGB")
        plain.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    else:
        (picture if picture.mode in _MODES else picture.convert("RGBA")).save(out, "PNG")
    return out.getvalue()

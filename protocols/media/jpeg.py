"""Whether a JPEG file that lacks its end marker has lost more than that.

Cameras and copying programs drop the last two bytes now and then. libjpeg then fills what may be missing with grey and
Pillow refuses the file; neither says whether a pixel is gone.
"""

from __future__ import annotations

from collections.abc import Iterator

START, END = b"\xff\xd8", b"\xff\xd9"
_SCAN, _END = 0xDA, 0xD9
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_CONTINUATIONS = (b"", b"\x00" * 64, b"\xaa" * 64, b"\x55" * 64, b"\xfe" * 64, b"\x37\x91" * 32)


def continuations(data: bytes) -> list[bytes]:
    """The file ended in several ways: where all of them decode to the same pixels, no pixel depends on what is missing.

    Empty where the file cannot be whole: it is no JPEG, or a progressive one of which a scan is missing. Zeros at the
    end are taken for a download that was stopped, and go.
    """
    if not data.startswith(START) or not _all_scans(data):
        return []
    body = data.rstrip(b"\0")
    if body.endswith(b"\xff"):  # half an end marker, or the stuffed byte FF 00
        body = body + b"\0" if len(body) < len(data) else body[:-1]
    return [body + more + END for more in _CONTINUATIONS]


def lacks_end(data: bytes) -> bool:
    """True for a JPEG file whose pixels are followed by no end marker. What comes after one (a film) is nobody's."""
    if not data.startswith(START) or data.endswith(END):
        return False
    return all(marker != _END for marker, _ in _segments(data))


def _all_scans(data: bytes) -> bool:
    """True unless a component has no scan or, in a progressive file, a coefficient has not come down to its last bit.

    ITU-T T.81, B.2.3 and G.1.1: a scan names its components, a band of coefficients and the bit that it sends last.
    """
    progressive, components, bits = False, set[int](), dict[tuple[int, int], int]()
    for marker, body in _segments(data):
        if marker in _FRAMES and len(body) >= 6:
            progressive, components = marker in _PROGRESSIVE, set(body[6::3])
        elif marker == _SCAN and body and len(body) >= 4 + 2 * body[0]:
            first, last, approximation = body[1 + 2 * body[0] : 4 + 2 * body[0]]
            for component in body[1 : 1 + 2 * body[0] : 2]:
                bits.update(dict.fromkeys(((component, k) for k in range(first, last + 1)), approximation & 15))
    if progressive:
        return all(bits.get((component, k)) == 0 for component in components for k in range(64))
    return components <= {component for component, _ in bits}


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(marker, body) of every segment up to the end marker, that one included; coded pixels are passed over."""
    at = 2
    while (at := data.find(b"\xff", at)) >= 0 and at + 2 <= len(data):
        marker = data[at + 1]
        if marker == 0xFF:  # a filler before a marker
            at += 1
        elif marker == _END:
            yield marker, b""
            return
        elif marker <= 0x01 or 0xD0 <= marker < _END:  # a stuffed byte, or a marker that stands alone
            at += 2
        else:
            length = int.from_bytes(data[at + 2 : at + 4])
            yield marker, data[at + 4 : at + 2 + length]
            at += 2 + length

"""Takes the place where a picture was taken out of the picture. No Qt here.

A telephone writes into each picture where it was: at a refuge, at a foster home. What is overwritten here is
only that, byte for byte, so that the picture itself, and when it was taken, stay exactly as they were.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"
HEIF: Final = frozenset({"image/heic", "image/heif", "image/avif", "image/heic-sequence"})
TIFF: Final = frozenset({"image/tiff"})
# Kinds of picture in which nothing says where they were taken, or nothing that is ever written.
SILENT: Final = frozenset({"image/gif", "image/bmp", "image/svg+xml", "image/x-portable-pixmap"})

_GPS = 0x8825  # the entry of a TIFF directory that leads to the place
_INNER = (0x8769, 0x014A)  # entries that lead to further directories
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_MOST_DIRECTORIES = 16
_EXIF = re.compile(rb"Exif\x00\x00(?=II\*\x00|MM\x00\*)")
_XMP = re.compile(rb"<x:xmpmeta\b.*?</x:xmpmeta>", re.DOTALL)
_XMP_PLACE = re.compile(
    rb"""(?P<begins>\bexif:GPS\w*\s*=\s*["']|<exif:GPS\w*>)(?P<said>[^"'<]*)""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A picture as it may be kept."""

    data: bytes  # as long as it was
    had_place: bool  # and has it no longer
    is_known: bool  # False: a kind of picture in which nobody has looked


def without_place(data: bytes, kind: str) -> Kept:
    """Return a file without the place where it was taken, if it is a picture.

    Args:
        kind: media type, such as "image/jpeg". Anything but a picture comes back as it is.
    """
    if not kind.startswith("image/") or kind in SILENT:
        return Kept(data=data, had_place=False, is_known=True)
    if kind not in (JPEG, PNG, WEBP) and kind not in HEIF and kind not in TIFF:
        return Kept(data=data, had_place=False, is_known=False)
    found = bytearray(data)
    blocks = list(_blocks(data, kind))
    is_known = bool(blocks) if kind in HEIF else kind != PNG or not _hides_text(data)
    for each in blocks:
        is_known = _clear_block(found, each) and is_known
    for packet in _XMP.finditer(data):
        for place in _XMP_PLACE.finditer(data, *packet.span()):
            start, end = place.span("said")
            found[start:end] = b" " * (end - start)
    if kind == PNG and found != data:
        _mend_png(found)
    return Kept(data=bytes(found), had_place=found != data, is_known=is_known)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """What a camera wrote, from its head on."""

    start: int
    end: int
    is_bounded: bool = True  # its end is known; otherwise it is the end of the file


def _blocks(data: bytes, kind: str) -> Iterator[_Block]:
    if kind in TIFF:
        yield _Block(start=0, end=len(data), is_bounded=False)
    elif kind == PNG:
        for name, start, end in _png_chunks(data):
            if name == b"eXIf":
                yield _Block(start=start, end=end)
    elif kind == WEBP:
        yield from _webp_blocks(data)
    else:
        # Anywhere: telephones put a second picture behind the first, with the same place in it.
        for found in _EXIF.finditer(data):
            begins = found.start()
            end = begins - 2 + int.from_bytes(data[begins - 2 : begins], "big") if begins >= 4 else 0
            bounded = kind == JPEG and data[begins - 4 : begins - 2] == b"\xff\xe1" and end > found.end()
            yield _Block(
                start=found.end(), end=min(end, len(data)) if bounded else len(data), is_bounded=bounded
            )


def _webp_blocks(data: bytes) -> Iterator[_Block]:
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        start, end = at + 8, min(at + 8 + size, len(data))
        if data[at : at + 4] == b"EXIF":
            yield _Block(start=start + (6 if data[start : start + 6] == b"Exif\0\0" else 0), end=end)
        at = end + size % 2


def _png_chunks(data: bytes | bytearray) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, and where the content begins and ends."""
    at = 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if at + 12 + size > len(data):
            return
        yield bytes(data[at + 4 : at + 8]), at + 8, at + 8 + size
        at += 12 + size


def _hides_text(data: bytes) -> bool:
    """Say whether a PNG has text in which a place would not be found: packed, or a camera's words as text."""
    for name, start, end in _png_chunks(data):
        if name == b"zTXt" or (name in (b"tEXt", b"iTXt") and b"Raw profile" in data[start:end]):
            return True
        if name == b"iTXt" and data[start:end].partition(b"\0")[2][:1] == b"\x01":
            return True
    return False


def _mend_png(data: bytearray) -> None:
    """Write each chunk's check sum anew."""
    for _, start, end in _png_chunks(data):
        data[end : end + 4] = struct.pack(">I", zlib.crc32(data[start - 4 : end]))


def _clear_block(data: bytearray, where: _Block) -> bool:
    """Take the place out of what a camera wrote, and say whether that was done. What cannot be read is taken
    out whole, where its end is known."""
    block = data[where.start : where.end]
    try:
        _clear(block)
    except (struct.error, IndexError, ValueError):
        if not where.is_bounded:
            return False
        block = bytearray(len(block))
    data[where.start : where.end] = block
    return True


def _clear(block: bytearray) -> None:
    order = {b"II": "<", b"MM": ">"}.get(bytes(block[:2]))
    if order is None:
        raise ValueError("no TIFF")
    (first,) = struct.unpack_from(f"{order}I", block, 4)
    waiting, seen = [first], set[int]()
    while waiting and len(seen) < _MOST_DIRECTORIES:
        at = waiting.pop()
        if not at or at in seen:
            continue
        seen.add(at)
        waiting += _clear_directory(block, at, order)


def _clear_directory(block: bytearray, at: int, order: str) -> list[int]:
    """Take the place out of a directory; return where the directories stand to which it leads."""
    (count,) = struct.unpack_from(f"{order}H", block, at)
    entries = [bytes(block[at + 2 + 12 * n : at + 14 + 12 * n]) for n in range(count)]
    if any(len(each) < 12 for each in entries):
        raise ValueError("cut short")
    (following,) = struct.unpack_from(f"{order}I", block, at + 2 + 12 * count)
    others, kept = [following], []
    for entry in entries:
        tag, _, number, value = struct.unpack(f"{order}HHII", entry)
        if tag == _GPS:
            _wipe(block, value, order)
            continue
        kept.append(entry)
        if tag in _INNER and number == 1:
            others.append(value)
    if len(kept) != count:
        new = struct.pack(f"{order}H", len(kept)) + b"".join(kept) + struct.pack(f"{order}I", following)
        block[at : at + 6 + 12 * count] = new + bytes(12 * (count - len(kept)))
    return others


def _wipe(block: bytearray, at: int, order: str) -> None:
    """Overwrite a directory, and all it leads to, with nothing."""
    (count,) = struct.unpack_from(f"{order}H", block, at)
    for number in range(count):
        _, kind, many, value = struct.unpack_from(f"{order}HHII", block, at + 2 + 12 * number)
        size = _SIZES.get(kind, 1) * many
        if size > 4 and value < len(block):
            end = min(value + size, len(block))
            block[value:end] = bytes(end - value)
    end = min(at + 6 + 12 * count, len(block))
    block[at:end] = bytes(end - at)

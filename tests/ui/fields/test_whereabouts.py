"""The place where a picture was taken does not go into a record; picture and time stay as they were."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage, QImageReader, QImageWriter

from ui.fields.whereabouts import without_place

LATITUDE = struct.pack(">IIIIII", 54, 1, 46, 1, 31, 7)  # 54° 46' 4.4": nowhere in particular
WHEN = b"2026:11:22 14:30:00\0"


def tiff(order: str = ">", *, pad: bytes = b"") -> bytes:
    """What a camera writes: how the picture is turned, when, and where."""
    mark = b"MM" if order == ">" else b"II"

    def entry(tag: int, kind: int, count: int, value: int) -> bytes:
        return struct.pack(f"{order}HHII", tag, kind, count, value)

    turned = 6 << 16 if order == ">" else 6
    gps_at, when_at, latitude_at = 8 + 6 + 36, 8 + 6 + 36 + 6 + 24, 8 + 6 + 36 + 6 + 24 + len(WHEN)
    first = struct.pack(f"{order}H", 3) + entry(0x0112, 3, 1, turned) + entry(0x0132, 2, len(WHEN), when_at)
    first += entry(0x8825, 4, 1, gps_at) + struct.pack(f"{order}I", 0)
    north = int.from_bytes(b"N\0\0\0", "big" if order == ">" else "little")
    gps = struct.pack(f"{order}H", 2) + entry(1, 2, 2, north) + entry(2, 5, 3, latitude_at)
    gps += struct.pack(f"{order}I", 0)
    return mark + struct.pack(f"{order}HI", 42, 8) + first + gps + WHEN + LATITUDE + pad


def a_picture(kind: bytes) -> bytes:
    picture = QImage(40, 30, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.darkGreen)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert QImageWriter(buffer, QByteArray(kind)).write(picture)
    return bytes(buffer.data().data())


def jpeg(block: bytes, *, xmp: bytes = b"") -> bytes:
    segments = b""
    for body in (
        b"Exif\0\0" + block if block else b"",
        b"http://ns.adobe.com/xap/1.0/\0" + xmp if xmp else b"",
    ):
        if body:
            segments += b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    whole = a_picture(b"JPG")
    return whole[:2] + segments + whole[2:]


def png(block: bytes, name: bytes = b"eXIf") -> bytes:
    whole = a_picture(b"PNG")
    end = whole.index(b"IEND") - 4
    chunk = struct.pack(">I", len(block)) + name + block
    return whole[:end] + chunk + struct.pack(">I", zlib.crc32(name + block)) + whole[end:]


def webp(block: bytes) -> bytes:
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + bytes(10)
    body += b"EXIF" + struct.pack("<I", len(block)) + block + bytes(len(block) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def heic(block: bytes) -> bytes:
    return b"\0\0\0\x18ftypheic" + bytes(12) + b"\0\0\0\x06Exif\0\0" + block + b"pixels"


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (jpeg, "image/jpeg"),
        (png, "image/png"),
        (webp, "image/webp"),
        (heic, "image/heic"),
        (bytes, "image/tiff"),
    ],
)
def test_the_place_goes_and_the_time_stays(made: Any, kind: str, order: str) -> None:
    before = made(tiff(order))
    assert LATITUDE in before
    found = without_place(before, kind)
    assert (found.had_place, found.is_known) == (True, True)
    assert LATITUDE not in found.data
    assert struct.pack(f"{order}H", 0x8825) not in found.data[: len(found.data) - 40]
    assert WHEN in found.data
    assert len(found.data) == len(before)
    again = without_place(found.data, kind)
    assert (again.data, again.had_place) == (found.data, False)


@pytest.mark.parametrize(("made", "kind"), [(jpeg, "image/jpeg"), (png, "image/png")])
def test_the_picture_and_how_it_is_turned_are_what_they_were(made: Any, kind: str) -> None:
    before = made(tiff())
    pictures = []
    for data in (before, without_place(before, kind).data):
        buffer = QBuffer()
        buffer.setData(QByteArray(data))
        buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        reader = QImageReader(buffer)
        reader.setAutoTransform(True)
        pictures.append(reader.read())
    assert not pictures[0].isNull()
    assert pictures[0] == pictures[1]
    if kind == "image/jpeg":  # Qt turns no other
        assert (pictures[1].width(), pictures[1].height()) == (30, 40)  # as the camera said


def test_the_picture_behind_the_picture_loses_its_place_too() -> None:
    found = without_place(jpeg(tiff()) + jpeg(tiff("<")), "image/jpeg")
    assert LATITUDE not in found.data


def test_a_place_written_as_text_goes_too() -> None:
    words = (
        b'<x:xmpmeta><rdf:Description exif:GPSLatitude="54,46.07N" exif:DateTimeOriginal="2026-11-22">'
        b"<exif:GPSLongitude>1,34.5W</exif:GPSLongitude></rdf:Description></x:xmpmeta>"
    )
    found = without_place(jpeg(b"", xmp=words), "image/jpeg")
    assert found.had_place
    assert b"54,46" not in found.data
    assert b"1,34" not in found.data
    assert b"2026-11-22" in found.data


def test_a_picture_without_a_place_stays_as_it_is() -> None:
    for data, kind in ((a_picture(b"JPG"), "image/jpeg"), (a_picture(b"PNG"), "image/png")):
        found = without_place(data, kind)
        assert (found.data, found.had_place, found.is_known) == (data, False, True)


def test_what_is_no_picture_is_left_alone() -> None:
    found = without_place(tiff(), "application/pdf")
    assert (found.data, found.had_place, found.is_known) == (tiff(), False, True)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"anything", "image/x-canon-cr2"),
        (heic(b"")[:30], "image/heic"),
        (png(b"Comment\0\0" + zlib.compress(b"54.7"), b"zTXt"), "image/png"),
        (b"II*\0\xff\xff\xff\xff", "image/tiff"),
    ],
)
def test_where_nobody_can_look_that_is_said(data: bytes, kind: str) -> None:
    assert not without_place(data, kind).is_known


def test_what_cannot_be_read_is_taken_out_whole() -> None:
    broken = bytearray(tiff())
    broken[4:8] = struct.pack(">I", 60_000)  # leads out of itself
    found = without_place(jpeg(bytes(broken)), "image/jpeg")
    assert LATITUDE not in found.data
    assert found.is_known
    assert not QImage.fromData(QByteArray(found.data)).isNull()


@given(
    at=st.integers(0, len(tiff()) - 1),
    put=st.integers(0, 255),
    cut=st.integers(0, len(tiff())),
    kind=st.sampled_from(
        [(jpeg, "image/jpeg"), (webp, "image/webp"), (heic, "image/heic"), (bytes, "image/tiff")]
    ),
)
def test_no_damage_makes_it_fail_or_grow(at: int, put: int, cut: int, kind: tuple[Any, str]) -> None:
    damaged = bytearray(tiff())
    damaged[at] = put
    made, name = kind
    before = made(bytes(damaged[:cut])) if name != "image/jpeg" else jpeg(bytes(damaged[:cut]) or b"x")
    assert len(without_place(before, name).data) == len(before)


@given(
    data=st.binary(max_size=200),
    kind=st.sampled_from(["image/jpeg", "image/png", "image/webp", "image/tiff"]),
)
def test_anything_at_all_may_be_given_to_it(data: bytes, kind: str) -> None:
    assert len(without_place(data, kind).data) == len(data)

"""Files built by hand: good ones of every type that is taken, and the hostile ones made from them."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
)

RESIDENT = ("900101", "1234567")
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
R = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OPENXML = "application/vnd.openxmlformats-officedocument"


def zipped(parts: dict[str, bytes | str], *, stored: tuple[str, ...] = ()) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, ZIP_STORED if name in stored else ZIP_DEFLATED)
    return out.getvalue()


def types(main: str, more: str = "") -> str:
    return (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/main.xml" ContentType="{main}"/>{more}</Types>'
    )


def relationships(*rows: str) -> str:
    return f'<?xml version="1.0"?><Relationships xmlns="{R}">{"".join(rows)}</Relationships>'


def relationship(kind: str, target: str, *, external: bool = False) -> str:
    mode = ' TargetMode="External"' if external else ""
    return f'<Relationship Id="r1" Type="{OFFICE}/{kind}" Target="{target}"{mode}/>'


def paragraph(*runs: str) -> str:
    return f"<w:p>{''.join(f'<w:r><w:t>{run}</w:t></w:r>' for run in runs)}</w:p>"


def docx(body: str = "", *, main: str | None = None, **parts: bytes | str) -> bytes:
    """`parts` by name, with `__` for `/`."""
    body = body or paragraph("활동 계획서", "입니다.")
    more = {name.replace("__", "/"): content for name, content in parts.items()}
    return zipped(
        {
            "[Content_Types].xml": types(main or f"{OPENXML}.wordprocessingml.document.main+xml"),
            "_rels/.rels": relationships(relationship("officeDocument", "word/document.xml")),
            "word/document.xml": f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>',
            **more,
        }
    )


def xlsx(
    strings: tuple[str, ...] = ("예산", "합계"), cells: str = "<c><v>5000000</v></c>", **parts: str
) -> bytes:
    shared = "".join(f"<si>{one}</si>" if "<" in one else f"<si><t>{one}</t></si>" for one in strings)
    return zipped(
        {
            "[Content_Types].xml": types(f"{OPENXML}.spreadsheetml.sheet.main+xml"),
            "_rels/.rels": relationships(relationship("officeDocument", "xl/workbook.xml")),
            "xl/sharedStrings.xml": f'<sst xmlns="{S}">{shared}</sst>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{S}"><row>{cells}</row></worksheet>',
            **{name.replace("__", "/"): content for name, content in parts.items()},
        }
    )


HWPX_SCRIPT = "var Documents = XHwpDocuments;\r\nvar Document = Documents.Active_XHwpDocument;\r\n"


def hwpx(*paragraphs: str, **parts: bytes | str) -> bytes:
    text = "".join(f"<hp:p><hp:run><hp:t>{one}</hp:t></hp:run></hp:p>" for one in paragraphs or ("계획서",))
    return zipped(
        {
            "mimetype": "application/hwp+zip",
            "META-INF/manifest.xml": '<odf:manifest xmlns:odf="urn:m"/>',
            "Contents/section0.xml": f'<hs:sec xmlns:hs="urn:s" xmlns:hp="urn:p">{text}</hs:sec>',
            "Scripts/headerScripts.js": HWPX_SCRIPT.encode("utf-16-le"),
            **{name.replace("__", "/"): content for name, content in parts.items()},
        },
        stored=("mimetype",),
    )


def pdf(*lines: str, change: object = None) -> bytes:
    """One page with these lines in a standard font; `change`: what a test does to the writer."""
    writer = PdfWriter()
    page = writer.add_blank_page(300, 300)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): writer._add_object(font)})}
    )
    shown = "".join(f"({line}) Tj 0 -14 Td " for line in lines or ("plan",))
    stream = DecodedStreamObject()
    stream.set_data(f"BT /F1 12 Tf 20 250 Td {shown} ET".encode())
    page[NameObject("/Contents")] = writer._add_object(stream.flate_encode())
    if callable(change):
        change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def hidden_javascript(writer: PdfWriter) -> None:
    """A script that no catalog entry names: only who looks at every object sees it, its name spelt oddly."""
    script = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): NumberObject(1)}
    )
    writer._add_object(ArrayObject([script]))


def jpeg(size: tuple[int, int] = (64, 48), *, exif: bool = True) -> bytes:
    picture, out = Image.new("RGB", size, (200, 30, 30)), BytesIO()
    data = Image.Exif()
    if exif:
        data[0x0110] = "Galaxy of Hong"
        data[0x0112] = 6  # lies on its side
        data.get_ifd(0x8825)[1] = "N"
        data.get_ifd(0x8825)[2] = (35.0, 52.0, 17.0)
    picture.save(out, "JPEG", exif=data)
    return out.getvalue()


def png(size: tuple[int, int] = (64, 48)) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    info, out = PngInfo(), BytesIO()
    info.add_text("Author", "홍길동의 집")
    Image.new("RGBA", size, (1, 2, 3, 4)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A header that says so many pixels, and hardly any data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def nested_bomb(depth: int = 5) -> bytes:
    """As 42.zip: each layer holds sixteen of the next, and the innermost a mebibyte of zeros each."""
    layer = zipped({"0.bin": bytes(1024 * 1024)})
    for _ in range(depth):
        layer = zipped({f"{at}.zip": layer for at in range(16)})
    return docx(word__media__lib=layer)


def flat_bomb() -> bytes:
    """One entry of 70 MiB of zeros, which deflate a thousandfold."""
    return docx(word__media__image1_png=bytes(70 * 1024 * 1024))


def overlapping_bomb() -> bytes:
    """As Fifield's: an entry whose data is another entry's whole record (USENIX WOOT 2019)."""
    inner = zipped({"b.xml": "<b/>"})
    record = inner[: inner.index(b"PK\x01\x02")]
    outer = zipped({"[Content_Types].xml": b" " + record}, stored=("[Content_Types].xml",))
    directory_at = outer.index(b"PK\x01\x02", len(record))
    listed = outer[directory_at : outer.rindex(b"PK\x05\x06")]
    second = bytearray(inner[inner.index(b"PK\x01\x02") : inner.index(b"PK\x05\x06")])
    struct.pack_into("<I", second, 42, outer.index(b"PK\x03\x04", 4))
    listed += bytes(second)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 2, 2, len(listed), directory_at, 0)
    return outer[:directory_at] + listed + end


def lying_zip() -> bytes:
    """The directory says ten bytes; a mebibyte comes out, and the checksum of the first ten fits."""
    good = bytearray(docx(word__media__image1_png=bytes(1024 * 1024)))
    name = b"word/media/image1_png"
    directory = good.rindex(name) - 46
    local = good.index(name) - 30
    crc = zlib.crc32(bytes(10))
    struct.pack_into("<I", good, directory + 16, crc)
    struct.pack_into("<I", good, directory + 24, 10)
    struct.pack_into("<I", good, local + 14, crc)
    struct.pack_into("<I", good, local + 22, 10)
    return bytes(good)


def ole(streams: dict[tuple[str, ...], bytes]) -> bytes:
    """A compound file (MS-CFB, version 3) of these streams, each padded to 4,096 bytes at least."""
    size, free, end, fat_mark = 512, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    folders = sorted({path[:1] for path in streams if len(path) > 1})
    entries: list[tuple[tuple[str, ...], bytes | None]] = [((), None), *((one, None) for one in folders)]
    entries += sorted(streams.items())
    data, fat, starts = b"", [], {}
    for path, content in entries:
        if content is None:
            continue
        padded = content.ljust(4096, b"\0")
        padded += bytes(-len(padded) % size)
        starts[path] = (len(fat), len(padded))
        count = len(padded) // size
        fat += [*range(len(fat) + 1, len(fat) + count), end]
        data += padded

    def children(of: tuple[str, ...]) -> list[int]:
        return [at for at, (path, _) in enumerate(entries) if path and path[:-1] == of]

    records = b""
    for path, content in entries:
        name = ("Root Entry" if not path else path[-1]).encode("utf-16-le") + b"\0\0"
        own = children(path) if content is None else []
        siblings = children(path[:-1]) if path else []
        right = next((at for at in siblings if at > entries.index((path, content))), free)
        kind = 5 if not path else 1 if content is None else 2
        start, length = starts.get(path, (end if not path else 0, 0))
        records += name.ljust(64, b"\0") + struct.pack(
            "<HBBIII", len(name), kind, 1, free, right, own[0] if own else free
        )
        records += bytes(16 + 4 + 16) + struct.pack("<IQ", start, length)
    records += bytes(-len(records) % size)
    directory_at = len(fat)
    count = len(records) // size
    fat += [*range(directory_at + 1, directory_at + count), end]
    fat_at = len(fat)
    fat_sectors = -(-(len(fat) + 1) // 127)
    fat += [fat_mark] * fat_sectors
    fat += [free] * (-len(fat) % 128)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack(
        "<HHHHH6xIIIIIIIIII",
        *(0x3E, 3, 0xFFFE, 9, 6, 0, fat_sectors, directory_at, 0, 4096, end, 0, end, 0, fat_at),
    )  # fmt: skip
    difat = [fat_at + at for at in range(1, fat_sectors)] + [free] * (109 - fat_sectors)
    header = header.ljust(80, b"\0")[:80] + struct.pack("<108I", *difat)
    return header + data + records + struct.pack(f"<{len(fat)}I", *fat)


def deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def counted(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def hwp(
    *paragraphs: str,
    flags: int = 1,
    script: str = HWPX_SCRIPT,
    more: dict[tuple[str, ...], bytes] | None = None,
) -> bytes:
    records = b""
    for one in paragraphs or ("활동 계획서",):
        text = one.encode("utf-16-le") + b"\r\0"
        records += struct.pack("<II", 67 | 0xFFF << 20, len(text)) + text
    source = counted(script) + counted("") + counted("") + counted("") + struct.pack("<I", 0xFFFFFFFF)
    return ole(
        {
            ("FileHeader",): b"HWP Document File".ljust(32, b"\0") + struct.pack("<II", 0x05010000, flags),
            ("BodyText", "Section0"): deflated(records),
            ("Scripts", "DefaultJScript"): deflated(source),
            ("Scripts", "JScriptVersion"): bytes(8),
            **(more or {}),
        }
    )

"""What is taken and what is refused by looking into files: each built by hand, no server needed."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, TextStringObject

from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.forbidden import find_forbidden
from ieum.intake.documents import archives, domain, portable, texts
from ieum.intake.documents.inspection import inspect
from ieum.intake.documents.unfit import Unfit

from . import files
from .files import docx, hwp, hwpx, paragraph, pdf, relationship, relationships, xlsx

DOC, SHEET = "wordprocessingml.document", "spreadsheetml.sheet"


def refused(content: bytes, extension: str) -> str:
    with pytest.raises(Unfit) as unfit:
        inspect(content, extension)
    return unfit.value.why


@pytest.mark.parametrize(
    ("content", "extension"),
    [
        (pdf(), "pdf"),
        (docx(), "docx"),
        (xlsx(), "xlsx"),
        (hwpx(), "hwpx"),
        (hwp(), "hwp"),
        (docx(word___rels__document_xml_rels=relationships(
            relationship("hyperlink", "https://youth.example.kr", external=True)
        )), "docx"),
    ],
)  # fmt: skip
def test_a_good_file_is_kept_as_it_is(content: bytes, extension: str) -> None:
    assert inspect(content, extension) == (extension, content)


@pytest.mark.parametrize(
    ("content", "extension", "why"),
    [
        (b"MZ\x90\x00 program", "pdf", "wrong-type"),
        (b"<html>", "pdf", "wrong-type"),
        (files.zipped({"a.txt": "x"}), "docx", "wrong-type"),
        (docx(), "hwpx", "name-differs"),
        (files.jpeg(), "png", "name-differs"),
        (docx()[:-30], "docx", "damaged"),
        (docx()[:-9] + b"12345" + docx()[-4:], "docx", "damaged"),
        (pdf()[:-40], "pdf", "damaged"),
        (hwp()[:4000], "hwp", "damaged"),
        (files.png()[:-30], "png", "damaged"),
        (b"\xff\xd8\xff" + bytes(100), "jpg", "damaged"),
    ],
)
def test_what_is_not_what_it_says_is_refused(content: bytes, extension: str, why: str) -> None:
    assert refused(content, extension) == why


@pytest.mark.parametrize(
    ("content", "extension", "why"),
    [
        (files.nested_bomb(), "docx", "nested-file"),
        (files.flat_bomb(), "docx", "archive-bomb"),
        (files.overlapping_bomb(), "docx", "archive-bomb"),
        (files.lying_zip(), "docx", "archive-bomb"),
        (files.zipped({f"{at}.xml": "" for at in range(archives.ENTRIES_MAX + 1)}), "docx", "archive-bomb"),
        (docx(**{"..__..__etc__cron": "x"}), "docx", "archive-bomb"),
        (docx(__etc__cron="x"), "docx", "archive-bomb"),
        (docx(**{"word\\evil": "x"}), "docx", "archive-bomb"),
        (docx() + docx(), "docx", "polyglot"),
        (pdf() + docx(), "pdf", "polyglot"),
        (pdf() + b"<script>", "pdf", "polyglot"),
        (files.png() + docx(), "png", "polyglot"),
        (docx(word__embeddings__sheet_xlsx=xlsx()), "docx", "nested-file"),
        (docx(word__media__a=b"Rar!\x1a\x07"), "docx", "nested-file"),
        (hwp(more={("BinData", "BIN0001.OLE"): files.deflated(b"x")}), "hwp", "nested-file"),
        (hwp(more={("BinData", "BIN0001.eps"): files.deflated(b"%!PS")}), "hwp", "nested-file"),
        (hwpx(BinData__ole1=b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "hwpx", "nested-file"),
        (
            hwp(more={("BinData", "BIN0001.bmp"): files.deflated(bytes(70 * 1024 * 1024))}),
            "hwp",
            "archive-bomb",
        ),
    ],
)
def test_bombs_nested_files_and_files_of_two_types_are_refused(
    content: bytes, extension: str, why: str
) -> None:
    assert refused(content, extension) == why


def renamed(content: bytes, old: str, new: str) -> bytes:
    assert len(old) == len(new)
    return content.replace(old.encode(), new.encode())


MACRO_SHEET = docx(
    main=f"{files.OPENXML.replace('openxmlformats-officedocument', 'ms-excel')}.sheet.macroEnabled.main+xml"
)
SCRIPT = files.HWPX_SCRIPT + 'function OnDocument_Open()\r\n{\r\n\tnew ActiveXObject("WScript.Shell");\r\n}'
TEMPLATE = files.HWPX_SCRIPT + "function OnDocument_New()\r\n{\r\n\t//todo : \r\n}\r\n"


@pytest.mark.parametrize(
    ("content", "extension"),
    [
        (renamed(docx(word__vbaProject_bin=b"x"), "vbaProject_bin", "vbaProject.bin"), "docx"),
        (MACRO_SHEET, "xlsx"),  # an xlsm with the name of an xlsx
        (xlsx(xl__macrosheets__sheet1_xml="<a/>"), "xlsx"),
        (docx(word__activeX__activeX1_xml="<a/>"), "docx"),
        (hwp(script=SCRIPT), "hwp"),
        (hwpx(Scripts__sourceScripts_js=SCRIPT.encode("utf-16-le")), "hwpx"),
        (hwp(more={("Macros", "VBA"): b"x"}), "hwp"),
    ],
)
def test_macros_and_scripts_are_refused(content: bytes, extension: str) -> None:
    assert refused(content, extension) == "macro"


def test_the_empty_script_that_hancom_writes_into_every_document_is_none() -> None:
    assert inspect(hwp(script=TEMPLATE), "hwp")[0] == "hwp"
    assert inspect(hwp(script=""), "hwp")[0] == "hwp"
    field = 'var CheckBox1 = Document.XHwpFormCheckButtons.ItemFromName("CheckBox1");\r\n'
    form = TEMPLATE + field + "function OnCheckBox1_Click()\r\n{\r\n\t//todo : \r\n}\r\n"
    assert inspect(hwpx(Scripts__sourceScripts=form.encode("utf-16-le")), "hwpx")[0] == "hwpx"


@pytest.mark.parametrize(
    "code",
    [
        "evil();",
        "function OnCheckBox1_Click()\n{\n\tevil();\n}",
        "function OnDocument_Open()\n{\n\t//todo : \n}\nevil()",
        "var a = Document.XHwpFormCheckButtons.ItemFromName(evil());",
        "var a = new ActiveXObject('x');",
    ],
)
def test_one_line_of_script_more_is_a_macro(code: str) -> None:
    assert refused(hwp(script=TEMPLATE + code), "hwp") == "macro"


EXTERNAL = relationships(relationship("attachedTemplate", "http://evil.example/t.dotm", external=True))
DDE = "".join(
    f"<w:r><w:instrText>{part}</w:instrText></w:r>" for part in ("DDEA", 'UTO c:\\cmd.exe "/k calc"')
)
ENTITY = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (renamed(docx(word___rels__settings_xml_rels=EXTERNAL), "xml_rels", "xml.rels"), "external-content"),
        (docx(f"<w:p>{DDE}</w:p>"), "external-content"),
        (docx('<w:p><w:fldSimple w:instr=" DDE Excel a "/></w:p>'), "external-content"),
        (renamed(docx(word__comments_xml=ENTITY), "comments_xml", "comments.xml"), "active-content"),
        (docx("<w:p>"), "damaged"),
        (docx("<w:a>" * 400 + "</w:a>" * 400), "too-complex"),
    ],
)
def test_what_fetches_or_runs_in_an_office_file_is_refused(content: bytes, why: str) -> None:
    content = content.replace(b"document_xml", b"document.xml")
    assert refused(content, "docx") == why


def test_a_sheet_that_calls_another_program_is_refused() -> None:
    cell = "<c><f>cmd|' /c calc'!A1</f><v>0</v></c>"
    assert refused(xlsx(cells=cell), "xlsx") == "external-content"
    assert refused(xlsx(xl__externalLinks__a="<a/>"), "xlsx") == "external-content"


def opening(action: dict[str, Any]) -> Callable[[Any], None]:
    def change(writer: Any) -> None:
        value = DictionaryObject({NameObject(key): one for key, one in action.items()})
        writer.root_object[NameObject("/OpenAction")] = writer._add_object(value)

    return change


def extra(key: str) -> Callable[[Any], None]:
    def change(writer: Any) -> None:
        writer.pages[0][NameObject(key)] = DictionaryObject({NameObject("/O"): NumberObject(1)})

    return change


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (files.hidden_javascript, "active-content"),
        (
            opening({"/S": NameObject("/URI"), "/URI": TextStringObject("http://a.example")}),
            "active-content",
        ),
        (opening({"/S": NameObject("/Launch"), "/F": TextStringObject("cmd.exe")}), "active-content"),
        (opening({"/S": NameObject("/SubmitForm")}), "active-content"),
        (extra("/AA"), "active-content"),
        (lambda writer: writer.add_attachment("a.txt", b"x"), "nested-file"),
        (lambda writer: writer.encrypt("secret"), "encrypted"),
    ],
)
def test_a_pdf_that_acts_hides_files_or_is_locked_is_refused(change: Any, why: str) -> None:
    assert refused(pdf(change=change), "pdf") == why


def test_a_pdf_that_opens_at_a_page_is_taken() -> None:
    def change(writer: Any) -> None:
        fit = ArrayObject([writer.pages[0].indirect_reference, NameObject("/Fit")])
        writer.root_object[NameObject("/OpenAction")] = fit

    assert inspect(pdf(change=change), "pdf")[0] == "pdf"


def test_a_name_spelt_with_escapes_is_seen() -> None:
    content = pdf(change=files.hidden_javascript).replace(b"/JavaScript", b"/J#61vaScript")
    assert refused(content, "pdf") == "active-content"


def test_only_locked_documents_of_hancom_are_called_so() -> None:
    assert refused(hwp(flags=1 | 2), "hwp") == "encrypted"
    assert refused(hwp(flags=1 | 4), "hwp") == "encrypted"
    assert refused(files.ole({("EncryptedPackage",): b"x"}), "hwp") == "encrypted"
    assert refused(files.ole({("WordDocument",): b"x"}), "hwp") == "wrong-type"


TITLE = "900101-1234567"
CELL = "<r><t>900101</t></r><r><t>-1234567</t></r>"


@pytest.mark.parametrize(
    ("content", "extension"),
    [
        (docx(paragraph("주민등록번호 9001", "01-1", "234567")), "docx"),
        (docx(paragraph("900101") + paragraph("1234567")), "docx"),  # two cells of a form
        (docx(f'<w:p><w:drawing><wp:docPr descr="{TITLE}"/></w:drawing></w:p>'.replace("wp:", "w:")), "docx"),
        (renamed(docx(docProps__core_xml=f"<c><t>{TITLE}</t></c>"), "core_xml", "core.xml"), "docx"),
        (xlsx((CELL,)), "xlsx"),
        (xlsx(cells="<c><v>9001011234567</v></c>"), "xlsx"),
        (xlsx(cells="<c><v>401013234567</v></c>"), "xlsx"),  # a leading zero lost
        (xlsx(cells="<c><v>9.001011234567E+12</v></c>"), "xlsx"),
        (xlsx(cells="<c><is><t>여권 M12345678</t></is></c>"), "xlsx"),
        (hwpx("주민등록번호", "900101", "1234567"), "hwpx"),
        (hwpx("운전면허 12-34-567890-12"), "hwpx"),
        (hwp("생년월일", "900101-1234567"), "hwp"),
        (hwp(more={("PrvText",): "900101-1234567".encode("utf-16-le")}), "hwp"),
        (pdf("900101-1234567"), "pdf"),
        (pdf("900101", "1234567"), "pdf"),
        (pdf(change=lambda writer: writer.add_metadata({"/Title": TITLE})), "pdf"),
    ],
)
def test_a_forbidden_number_is_found_wherever_the_text_of_a_file_holds_it(
    content: bytes, extension: str
) -> None:
    content = content.replace(b"document_xml", b"document.xml")
    with pytest.raises(Unfit) as unfit:
        inspect(content, extension)
    assert unfit.value.why == "forbidden-number"
    assert unfit.value.kind in ("resident-number", "passport-number", "driving-licence-number")
    assert "900101" not in str(unfit.value)


def test_neighbours_in_a_table_of_numbers_are_not_read_as_one() -> None:
    cells = "<c><v>250101</v></c><c><v>1234567</v></c>"
    assert inspect(xlsx(cells=cells), "xlsx")[0] == "xlsx"
    assert find_forbidden("250101\n1234567")  # what reading them as one would give


def test_a_picture_is_written_anew_without_what_hung_on_it() -> None:
    sent_ones: Any = ((files.jpeg(), "jpg", (200, 30, 30)), (files.png(), "png", (1, 2, 3, 4)))
    for content, extension, colour in sent_ones:
        kept = inspect(content + b"<?php system($_GET[0]);", extension)[1]
        assert b"php" not in kept
        with Image.open(BytesIO(kept)) as picture:
            assert not picture.getexif()
            assert not {"exif", "Author", "comment"} & picture.info.keys()
            near = zip(picture.getpixel((5, 5)), colour, strict=True)  # type: ignore[arg-type]
            assert all(abs(kept_one - sent) < 4 for kept_one, sent in near)


def test_a_picture_beyond_all_measure_is_refused_by_its_header() -> None:
    assert refused(files.png_of(50_000, 50_000), "png") == "picture-too-large"
    assert refused(files.png_of(31_000, 10), "png") == "picture-too-large"


def test_text_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "CHARACTERS_MAX", 1000)
    assert refused(docx(paragraph("가" * 2000)), "docx") == "too-complex"
    monkeypatch.setattr(portable, "OBJECTS_MAX", 3)
    assert refused(pdf(), "pdf") == "too-complex"


@pytest.mark.parametrize(
    "name", ["plan", ".pdf", "a/b.pdf", "a\\b.pdf", "a\u202efdp.pdf", "가" * 150 + ".pdf"]
)
def test_names_that_mislead_are_refused(name: str) -> None:
    with pytest.raises(Refusal) as refusal:
        domain.named(name)
    assert refusal.value.code == "document-name"


def test_a_forbidden_number_in_a_name_is_refused_without_repeating_it() -> None:
    with pytest.raises(Refusal) as refusal:
        domain.named("900101-1234567 홍길동.pdf")
    assert refusal.value.code == "forbidden-number"
    assert "900101" not in refusal.value.ko + refusal.value.en


def test_every_reason_has_its_sentence() -> None:
    from typing import get_args

    from ieum.intake.documents.unfit import Why

    for why in get_args(Why):
        said = domain.unfit(why, "passport-number")
        assert said.ko.endswith(("니다.", "십시오.", "바랍니다."))
        assert said.en

"""The guard against resident registration, passport and licence numbers. All numbers here are invented."""

import json
import re
from datetime import date, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ieum.common.kernel.forbidden import find_forbidden, forbidden_in, forbidden_in_bytes, refusal

RESIDENT = "900101-1234567"
CASES = 100_000


def kind(text: str) -> str | None:
    found = find_forbidden(text)
    return found.kind if found else None


@pytest.mark.parametrize(
    "text",
    [
        "900101-1234567",
        "9001011234567",
        "주민번호900101-1234567입니다",
        "RRN900101-1234567",
        "1. 900101-1234567",
        "900101 1234567",
        "900101\n1234567",
        "900101-\r\n1234567",
        "900101\u20281234567",
        "900101 - 1234567",
        "900101.1234567",
        "900101·1234567",
        "900101ㅡ1234567",
        "900101—1234567",
        "900101\u200b1234567",
        "9\u200b0\u200b0101-123\u00ad4567",
        "900101-123\n4567",
        "90010112\n34567",
        "900101-1 234567",
        "90.01.01-1234567",
        "90-01-01-1234567",
        "9 0 0 1 0 1 - 1 2 3 4 5 6 7",
        "9 0 0 1 0 1 1 2 3 4 5 6 7",
        "９００１０１－１２３４５６７",
        "٩٠٠١٠١-١٢٣٤٥٦٧",
        "⑨⓪⓪①⓪①-①②③④⑤⑥⑦",
        "\U0001d7d7\U0001d7ce\U0001d7ce\U0001d7cf\U0001d7ce\U0001d7cf-1234567",
        "000229-3234567",
        "900101-5234567",
        "010101-7234567",
        "전화 010-1234-5678, 번호 900101-1234567",
        "123e4567-e89b-12d3-a456-426614174000 900101-1234567",
    ],
)
def test_a_resident_number_is_found_however_it_is_dressed(text: str) -> None:
    assert kind(text) == "resident-number"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "000229-1234567",  # 1900 had no 29 February
        "010229-3234567",
        "901301-1234567",
        "900100-1234567",
        "900431-1234567",
        "900101-0234567",
        "900101-9234567",
        "900101-123456",
        "900101-12345678",
        "1234567890123456",
        "9001011234567890",
        "1234-5678-9012-3456",
        "9001-0112-3456-7890",
        "2026-11-22T14:34:48.123456Z",
        "2026-11-22 14:34:48.123456+09:00",
        "20261122143448",
        "010-1234-5678",
        "010-1012-3456 02-1012-3456",
        "01012345678\n12",
        "053-803-1234\n010-1234-5678",
        "116-82-00276",
        "110111-0062432",
        "0.9001011234567",
        "900101,1234567",
        "1990-01-01 ~ 2000-12-31",
        "25.11.22 1500000원",
        "20260301\n41911",
        "1 9 0 0 1 0 1 1 2 3 4 5 6 7",
        "2,564,238원과 4,199,292원",
        "0199f0a0-1111-7abc-8def-900101123456",
        "deadbeef9001011234567fab",
        "AM12345678",
        "M1234567",
        "M123456789",
        "12-34-56789-12",
        "10-34-567890-12",
        "대구 2026-11-22",
    ],
)
def test_what_only_looks_like_one_passes(text: str) -> None:
    assert kind(text) is None


@pytest.mark.parametrize(
    "text", ["M12345678", "여권 S12345678번", "m123A4567", "R123B4567", "Ｇ１２３４５６７８", "D12345678"]
)
def test_a_passport_number_is_found(text: str) -> None:
    assert kind(text) == "passport-number"


@pytest.mark.parametrize(
    "text",
    ["12-34-567890-12", "22 05 123456 78", "면허: 28-05-123456-78.", "서울 12-345678-90", "대구05-123456-78"],
)
def test_a_licence_number_is_found(text: str) -> None:
    assert kind(text) == "driving-licence-number"


# --- 100,000 generated cases: what each must give is known from how it was made ---

FIRST = {1900: date(1900, 1, 1), 2000: date(2000, 1, 1)}
DIGITS = ["0123456789", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "⓪①②③④⑤⑥⑦⑧⑨", "₀₁₂₃₄₅₆₇₈₉"]
BETWEEN = [
    "",
    "-",
    " ",
    "–",
    "—",
    "－",
    " - ",
    "\n",
    "\r\n",
    " \n ",
    ".",
    "·",
    "ㆍ",
    "_",
    "~",
    "/",
    "\t",
    "\u00a0",
    "\u3000",
]
INVISIBLE = ["\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad"]
BEFORE = [
    "",
    "주민번호 ",
    "번호:",
    "(",
    "홍길동,",
    "RRN=",
    "전화 010-1234-5678 / ",
    "<td>",
    "생년월일 및 번호 — ",
]
AFTER = ["", "입니다.", ")", ", 대구", "</td>", " (확인함)", "\n다음 줄"]


def resident(random: Random) -> tuple[str, str]:
    century = random.choice((1900, 2000))
    day = FIRST[century] + timedelta(days=random.randrange(36_500))
    return f"{day:%y%m%d}", random.choice(
        "1256" if century == 1900 else "3478"
    ) + f"{random.randrange(10**6):06}"


def dressed(random: Random, front: str, back: str) -> str:
    shape = random.randrange(4)
    if shape == 0:
        text = front + random.choice(BETWEEN) + back
    elif shape == 1:
        text = " ".join(front) + random.choice([" ", " - ", "-"]) + " ".join(back)
    elif shape == 2:
        at = random.randrange(1, 6)
        text = front + "-" + back[:at] + "\n" + back[at:]
    else:
        text = ".".join(re.findall("..", front)) + "-" + back
    if random.random() < 0.3:
        text = text.translate(str.maketrans(DIGITS[0], random.choice(DIGITS)))
    if random.random() < 0.2:
        at = random.randrange(len(text))
        text = text[:at] + random.choice(INVISIBLE) + text[at:]
    return random.choice(BEFORE) + text + random.choice(AFTER)


def harmless(random: Random) -> str:
    front, back = resident(random)
    number = random.randrange
    moment = f"{2000 + number(30)}-{1 + number(12):02}-{1 + number(28):02}"
    shape = number(12)
    return [
        lambda: f"{front}-{random.choice('09')}{back[1:]}",
        lambda: f"{front[:2]}{random.choice(['00', '13', '19', '42', '99'])}{front[4:]}-{back}",
        lambda: f"{front[:4]}{random.choice(['00', '32', '45', '99'])}{back}",
        lambda: f"{1 + number(9)}{front}{back}",
        lambda: f"{front}{back}{number(10)}",
        lambda: f"{front}{random.choice(BETWEEN)}{back}{number(10**3):03}",
        lambda: str(UUID(int=random.getrandbits(128))),
        lambda: f"{random.getrandbits(256) | 0xA << 252:064x}",
        lambda: f"{moment}T{number(24):02}:{number(60):02}:{number(60):02}.{number(10**6):06}Z",
        lambda: f"010-{number(10**4):04}-{number(10**4):04}, 053-{200 + number(700)}-{number(10**4):04}",
        lambda: f"{moment} 상담 {number(50)}건, {number(10**7):,}원, 41{number(1000):03} 대구",
        lambda: f"{100 + number(900)}-{number(100):02}-{number(10**5):05}",
    ][shape]()


def test_100_000_generated_texts_are_told_apart() -> None:
    random = Random(20261122)
    wrong = []
    for case in range(CASES):
        text = dressed(random, *resident(random)) if case % 2 else harmless(random)
        if kind(text) != ("resident-number" if case % 2 else None):
            wrong.append(text)
    assert wrong == []


# --- JSON and bytes ---


def test_the_pointer_leads_to_the_value() -> None:
    value = {"people": [{"name": "홍길동"}, {"a/b~c": {"memo": f"번호 {RESIDENT}"}}]}
    assert forbidden_in(value) == ("/people/1/a~1b~0c/memo", "resident-number")


def test_a_key_that_is_a_number_is_not_repeated_in_the_pointer() -> None:
    assert forbidden_in({"x": {RESIDENT: {"y": 1}}}) == ("/x", "resident-number")


def test_whole_numbers_are_looked_at_also_without_their_leading_zero() -> None:
    assert forbidden_in({"n": 9001011234567}) == ("/n", "resident-number")
    assert forbidden_in([101013234567]) == ("/0", "resident-number")


def test_floats_flags_and_null_are_not() -> None:
    assert forbidden_in([0.9001011234567, 900101.1234567, True, None, 1012345678]) is None


def test_typed_fields_are_exempt_and_only_they() -> None:
    body = {"corporate": "110111-1062432", "memo": "110111-1062432"}
    assert forbidden_in(body, exempt={"/corporate"}) == ("/memo", "resident-number")
    assert forbidden_in({"corporate": "110111-1062432"}, exempt={"/corporate"}) is None


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps({"memo": RESIDENT}).encode(),
        json.dumps({"memo": "９００１０１-１２３４５６７"}).encode(),
        b'{"memo": "900101\\u002d\\u0031234567"}',
        b'{"memo": "900101-\\n1234567"}',
        b'{"memo": "900101-1234567", "memo": ""}',
        b'{"memo": 9001011234567}',
        b'{"memo": "900101\\u002d1234567"',  # not closed: no JSON
        b'"\\ud800 900101-1234567"',
        f"주민번호 {RESIDENT}".encode("cp949"),
        b"\xff\xff " + RESIDENT.encode(),
        b"[" * 100_000 + RESIDENT.encode(),
    ],
)
def test_raw_values_are_read_whatever_their_encoding(raw: bytes) -> None:
    found = forbidden_in_bytes(raw)
    assert found is not None
    assert found.kind == "resident-number"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff",
        b'{"weight": 12.9001011234567}',
        b'{"at": "2026-11-22T14:34:48.123456Z", "id": "0199f0a0-1111-7abc-8def-900101123456"}',
        b'{"path": "a\\\\b", "n": [900101, 1234567]}',
    ],
)
def test_harmless_raw_values_pass(raw: bytes) -> None:
    assert forbidden_in_bytes(raw) is None


def test_what_is_told_holds_nothing_of_the_number() -> None:
    found = find_forbidden(RESIDENT)
    assert found is not None
    answer = refusal(found.kind, "/memo")
    assert not re.search(r"\d", f"{found!r}{answer}{answer.ko}{answer.en}")
    assert (answer.code, answer.pointer, answer.status) == ("forbidden-number", "/memo", 422)


# --- properties ---

DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
PROSE = st.text(st.characters(exclude_categories=("Nd", "No", "Cs")), max_size=30).filter(
    lambda t: not t.endswith("0.")
)


@given(DAYS, st.booleans(), st.integers(0, 999_999), st.sampled_from(BETWEEN), PROSE, PROSE)
def test_every_number_of_every_day_is_found_in_any_prose(
    day: date, foreign: bool, serial: int, between: str, before: str, after: str
) -> None:
    first = (1 if day.year < 2000 else 3) + 4 * foreign
    assert kind(f"{before}|{day:%y%m%d}{between}{first}{serial:06}|{after}") == "resident-number"


@given(PROSE)
def test_text_without_digits_passes(text: str) -> None:
    assert kind(text) is None


@given(st.binary(max_size=200))
def test_any_bytes_can_be_asked(raw: bytes) -> None:
    found = forbidden_in_bytes(raw + b"\n|" + RESIDENT.encode())
    assert found is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text("abc가나 ", max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab/~", max_size=3), inner, max_size=3)
    ),
)


@given(JSON, JSON)
def test_the_pointer_resolves_to_the_number(left: object, right: object) -> None:
    value = {"left": left, "deep": [right, {"here": RESIDENT}]}
    assert forbidden_in(value) == ("/deep/1/here", "resident-number")
    assert forbidden_in([left, right]) is None


@pytest.mark.parametrize("field", ["ciphertext", "wrapped"])
def test_what_chance_writes_into_ciphertext_is_no_number(field: str) -> None:
    sealed = "kFazYtROXqjwanTCa3WlJG7fFWVPFKDBFE5JiuXb+M12345678/avjJt171qLpQlAAAA"
    assert kind(sealed) == "passport-number"
    value = {"private": {"contact": {"alg": "A256GCM", field: sealed}}}
    assert forbidden_in_bytes(json.dumps(value).encode()) is None


@pytest.mark.parametrize("text", [RESIDENT, "9001011234567", "M12345678", f"{'메모 ' * 20}{RESIDENT}"])
def test_a_number_is_found_though_the_field_is_called_ciphertext(text: str) -> None:
    assert forbidden_in_bytes(json.dumps({"ciphertext": text}).encode()) is not None
    assert forbidden_in_bytes(json.dumps({"note": "A" * 40 + "+M12345678"}).encode()) is not None

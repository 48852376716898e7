"""The pure rules of intake."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ieum.common.events.intake import PersonContact, PersonProfile
from ieum.common.events.programme_file import load_programme
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.korean import normalise
from ieum.common.privacy.search import SearchKey
from ieum.common.service.city import City
from ieum.common.service.settings import REPOSITORY
from ieum.intake.applications import domain as applications
from ieum.intake.erasures import domain as erasures
from ieum.intake.imports import csvfile
from ieum.intake.imports import domain as imports
from ieum.intake.imports.mapping import layout
from ieum.intake.imports.packing import Packed
from ieum.intake.imports.reading import Cells, district
from ieum.intake.openings.domain import Opening
from ieum.intake.people import domain as people

from .world import YAML

CITY = City.load(REPOSITORY / "deploy/cities/daegu")
PROGRAMME = load_programme(YAML)
SEARCH = SearchKey(bytes(32))
TODAY = date(2022, 2, 15)
NOW = datetime(2022, 2, 15, tzinfo=UTC)


def an_opening(code: str, programme: str = PROGRAMME.id) -> Opening:
    return Opening(
        uuid4(), programme, uuid4(), code, "자리", 1, "27260", "정보통신", [], None, None, None, None, NOW
    )


def person(
    name: str = "홍길동", born: date = date(1997, 3, 5), phone: str | None = "+821001234567"
) -> people.NewPerson:
    return people.NewPerson(PersonContact(name=name, phone=phone), PersonProfile(birth_date=born), "27290")


@pytest.mark.parametrize(
    "address",
    ["a@b", "a b@c.kr", "@c.kr", "a..b@c.kr", ".a@c.kr", "a.@c.kr", "가@c.kr", "a@-c.kr", "a" * 65 + "@c.kr"],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(Refusal, match="email-address"):
        people.email_of(address)


def test_who_is_the_same_does_not_hang_on_spaces_or_capitals() -> None:
    def identity(one: people.NewPerson) -> bytes:
        return people.identity_hash(SEARCH, one)

    assert identity(person("Mary Kim")) == identity(person("mary  KIM"))
    assert identity(person("홍길동")) == identity(person("홍 길동"))
    others = [
        person("홍길순"),
        person(born=date(1997, 3, 6)),
        person(phone="+821001234568"),
        person(phone=None),
    ]
    assert len({identity(person()), *map(identity, others)}) == 5


@given(st.text("가나다라홍길동김철수민", min_size=2, max_size=6), st.data())
def test_a_part_of_a_name_is_found_by_its_pairs(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 1))
    part = name[start : data.draw(st.integers(start + 1, len(name)))]
    assert set(people.name_pairs(SEARCH, part)) <= set(people.name_pairs(SEARCH, name))


@given(st.lists(st.integers(0, 7), max_size=7))
def test_a_ranking_is_taken_exactly_when_it_is_one(picked: list[int]) -> None:
    """Oracle: distinct, from one to five, all among the six openings of the programme."""
    own = [an_opening(f"Y22-{n}") for n in range(6)]
    foreign = an_opening("Z-1", "other")
    names = [*(one.code for one in own), str(foreign.id), "nobody"]
    good = len(set(picked)) == len(picked) and 1 <= len(picked) <= 5 and all(n < 6 for n in picked)
    wanted, market = [names[n] for n in picked], applications.Market([*own, foreign])
    if good:
        assert applications.ranked(PROGRAMME, wanted, market) == [own[n] for n in picked]
    else:
        with pytest.raises(Refusal) as refused:
            applications.ranked(PROGRAMME, wanted, market)
        assert (refused.value.pointer or "").startswith("/choices/")


@given(st.uuids(version=4), st.uuids(version=4))
def test_receipts_are_short_readable_and_differ(one: UUID, other: UUID) -> None:
    receipt = applications.receipt(one, TODAY)
    assert len(receipt) == 19
    assert set(receipt[9:]) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    same_bits = one.int % (1 << 50) == other.int % (1 << 50)
    assert (receipt == applications.receipt(other, TODAY)) == same_bits


def test_what_an_article_keeps_stays_until_its_day_and_no_longer() -> None:
    rules = [CITY.retention_of(name) for name in people.RECORD_CLASSES]
    assert erasures.decide(rules, None, TODAY).kept == []
    kept = erasures.decide(rules, TODAY, TODAY)
    assert list(kept.gone) == ["contact", "profile"]
    assert [(one.record_class, one.until) for one in kept.kept] == [("application", date(2022, 8, 14))]
    over = erasures.decide(rules, date(2021, 8, 19), TODAY)  # 180 days before
    assert list(over.gone) == ["contact", "profile", "application"]


cells = st.text(st.characters(codec="cp949", exclude_characters="\0\r\x1a"), max_size=12).filter(
    lambda text: text == text.strip()
)


@settings(max_examples=60)
@given(
    st.lists(st.lists(cells, min_size=3, max_size=3), max_size=8),
    st.sampled_from(["utf-8", "cp949", "utf-8-sig"]),
)
def test_what_a_csv_writer_wrote_is_read_back_with_its_lines(rows: list[list[str]], encoding: str) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(["가", "나", "다"])
    expected, line = [], 2
    for row in rows:
        if any(row):
            expected.append((line, row))
        line += 1 + sum(cell.count("\n") for cell in row)
        writer.writerow(row)
    sheet = csvfile.read(buffer.getvalue().encode(encoding))
    assert [(record.line, record.cells) for record in sheet.records] == expected
    assert sheet.header == ["가", "나", "다"]


@given(st.binary(max_size=300))
def test_of_any_bytes_nothing_but_rows_or_a_refusal_comes(raw: bytes) -> None:
    with suppress(Refusal):
        assert all(record.line > 1 for record in csvfile.read(raw).records)


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20), min_size=15, max_size=15
    )
)
def test_a_row_of_anything_gives_a_reason_that_repeats_nothing(values: list[str]) -> None:
    columns, required = imports.columns_of("applications")
    place = layout(columns, None, columns, required, date_1904=False)
    cells = Cells(Packed(2, ["이상한 값 " + value for value in values]), place)
    assert imports.read_application(cells, CITY, TODAY, None) is None or not cells.is_whole()
    assert cells.problems
    assert "이상한 값" not in str(cells.problems)


@pytest.mark.parametrize("name", ["달서구", "대구 달서구", "대구광역시 달서구", " 달서구 "])
def test_districts_are_read_with_and_without_their_city(name: str) -> None:
    assert district(normalise(name), CITY, TODAY) == "27290"


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("mary", True), ("Jane", True), ("maryjane", True), ("o neil", True), ("Mary-Jane O’Neil", True),
        ("ane", False), ("Janet", False), ("neil", True), ("eil", False),
    ],
)  # fmt: skip
def test_a_part_of_a_latin_name_begins_at_a_word(part: str, found: bool) -> None:
    assert (people.name_part(SEARCH, part) in people.name_parts(SEARCH, "Mary-Jane O’Neil")) == found


@given(name=st.text("가각힣홍길동김민수", min_size=2, max_size=20), data=st.data())
def test_every_part_of_a_hangul_name_is_found_by_its_first_letters(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 2))
    end = data.draw(st.integers(start + 2, len(name)))
    parts = people.name_parts(SEARCH, name)
    assert people.name_part(SEARCH, name[start:end]) in parts
    assert len(parts) <= len(name) * people.PART_LETTERS_MAX

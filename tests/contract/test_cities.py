"""Code knows no city: no id of a programme stands in it; and the table of the 39 systems is kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
CITIES = REPOSITORY / "deploy" / "cities"
IDS = sorted(path.stem for path in CITIES.glob("*/programmes/*.yaml"))
ENGINE = sorted([*REPOSITORY.glob("services/*/src/**/*"), *REPOSITORY.glob("libs/common/src/**/*")])
TABLE = (CITIES / "README.md").read_text(encoding="utf-8")
ROWS = [line for line in TABLE.splitlines() if re.match(r"\| \d+ \|", line)]


def test_no_programme_of_a_city_is_known_to_the_code() -> None:
    assert len(IDS) > 30
    texts = {
        path: path.read_text(encoding="utf-8", errors="replace")
        for path in ENGINE
        if path.is_file() and path.suffix != ".pyc"
    }
    assert [f"{path.name}: {id_}" for path, text in texts.items() for id_ in IDS if id_ in text] == []


def test_the_table_has_a_row_for_each_of_the_39_systems() -> None:
    assert [int(row.split("|")[1]) for row in ROWS] == list(range(1, 40))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_a_row_names_what_is_there_and_a_test_or_says_that_it_is_to_come(row: str) -> None:
    _, _, _, what, shown, _ = row.split("|")
    programmes = re.findall(r"`([a-z]+)/([a-z0-9-]+)`", what)
    missing = [f"{city}/{id_}" for city, id_ in programmes if not _file(city, id_).exists()]
    assert missing == []
    tests = re.findall(r"`((?:tests|libs|services)/[\w/]+\.py)(?:::(\w+))?`", shown)
    for file, name in tests:
        assert not name or f"def {name}(" in (REPOSITORY / file).read_text(encoding="utf-8")
    assert (programmes and "walk" in shown) or tests or ("to come" in what and "to come" in shown)
    assert programmes or "feature" in what or "to come" in what


def test_every_programme_of_a_pack_is_named_there() -> None:
    assert set(re.findall(r"`[a-z]+/([a-z0-9-]+)`", TABLE)) == set(IDS)


def _file(city: str, id_: str) -> Path:
    return CITIES / city / "programmes" / f"{id_}.yaml"

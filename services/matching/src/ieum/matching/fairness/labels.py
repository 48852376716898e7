"""What readers call the groups of applicants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.web.texts import Text
from ieum.matching.fairness.domain import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ieum.common.service.city import City

DIMENSIONS: Mapping[str, Text] = {
    "all": Text("전체", "Everybody"),
    "district": Text("거주 지역별", "By district"),
    "age": Text("나이대별", "By age band"),
    "sex": Text("성별", "By sex"),
    "group": Text("우선 대상별", "By priority group"),
}
_NAMES: Mapping[str, Text] = {
    "all": Text("전체", "Everybody"),
    UNKNOWN: Text("확인할 수 없음", "Not known"),
    "female": Text("여성", "Women"),
    "male": Text("남성", "Men"),
}


def labels(city: City) -> Mapping[str, Text]:
    """The districts' names by code; of several in the course of time the last."""
    return {place.code: Text(place.name.ko, place.name.en) for place in city.districts}


def label(dimension: str, name: str, districts: Mapping[str, Text]) -> Text:
    """A group as readers call it."""
    if name in _NAMES:
        return _NAMES[name]
    if dimension == "district" and name in districts:
        return districts[name]
    if dimension == "age":
        years = name.replace("-", "~")
        return Text(f"만 {years.removesuffix('+')}세{' 이상' if name.endswith('+') else ''}", f"aged {name}")
    return Text(name, name)

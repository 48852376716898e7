"""What a form for a job may not ask (채용절차의 공정화에 관한 법률 제4조의3).

Looks, height, weight and the like; birthplace, marriage, property; relatives' education, jobs and property.
The words are a net, not a judge: whoever files a form still answers for it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

HIRING_KINDS = frozenset({"placement", "employment"})


class Asked(NamedTuple):
    """What a question may not be about, in both languages."""

    ko: str
    en: str


_ALONE = r"(?<![가-힣]){}(?=$|[^가-힣]|[은는이가을를와과도의]|입니|몇)"
_KIN_KO = r"(?:부모|아버지|어머니|부친|모친|형제|자매|남매|조부|조모|가족|친척|배우자|자녀|직계)"
_ABOUT_KO = r"(?:학력|학교|직업|직장|재산|소득|자산)"
_KIN_EN = r"\b(?:parents?|father|mother|siblings?|brothers?|sisters?|family|relatives?|spouse|husband|wife)\b"
_ABOUT_EN = r"\b(?:education|school|jobs?|work|occupation|employer|property|assets?|income|wealth)\b"
_RELATIVES = (
    rf"{_KIN_KO}.*{_ABOUT_KO}",
    rf"{_KIN_EN}.*{_ABOUT_EN}",
    r"가족\s*(?:사항|관계|배경)",
    r"family background",
)
_BODY = (
    r"용모|외모|체중|몸무게|신장\s*\(|증명\s*사진|얼굴\s*사진|신체\s*(?:조건|사이즈|치수)",
    _ALONE.format("키"),
    _ALONE.format("신장"),
    r"\b(?:looks|appearance|height|weight|photo|photograph|portrait)\b",
)
_BIRTHPLACE = (
    r"출신\s*(?:지|지역|도)|출생지|태어난\s*곳|본적|고향",
    r"\b(?:birth ?place|place of birth|home ?town)\b",
)
_MARRIAGE = (
    r"혼인|결혼|미혼|기혼|이혼|배우자",
    r"\b(?:marital|marriage|married|divorced?|spouse|husband|wife)\b",
)
_PROPERTY = (
    r"재산|자산|부동산|자가\s*여부",
    r"\b(?:property|assets?|wealth|real estate|home ?owner(?:ship)?)\b",
)
_FORBIDDEN = tuple(
    (asked, re.compile("|".join(patterns), re.IGNORECASE))
    for asked, patterns in (
        (
            Asked("직계 존비속·형제자매의 학력, 직업, 재산", "relatives' education, jobs or property"),
            _RELATIVES,
        ),
        (Asked("용모·키·체중 등 신체적 조건", "looks, height, weight or the like"), _BODY),
        (Asked("출신 지역", "birthplace"), _BIRTHPLACE),
        (Asked("혼인 여부", "marriage"), _MARRIAGE),
        (Asked("재산", "property"), _PROPERTY),
    )
)


def forbidden_question(*texts: str) -> Asked | None:
    """What a question of these words (its name, titles, answers) asks against the law; None: nothing."""
    words = " ".join(texts).replace("_", " ").replace("-", " ")
    return next((asked for asked, pattern in _FORBIDDEN if pattern.search(words)), None)

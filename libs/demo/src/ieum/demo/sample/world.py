"""What the sample is drawn from: districts by population, fields of work with their skills, words for names.

Districts' weights are thousands of residents in 2022, rounded; outsiders' are invented.
"""

from __future__ import annotations

from dataclasses import dataclass

DAEGU = {
    "27110": ("중구", 77), "27140": ("동구", 341), "27170": ("서구", 163), "27200": ("남구", 140),
    "27230": ("북구", 433), "27260": ("수성구", 414), "27290": ("달서구", 541), "27710": ("달성군", 261),
}  # fmt: skip
OUTSIDE = {
    "47290": ("경산시", 40), "47850": ("칠곡군", 15), "47190": ("구미시", 20), "47230": ("영천시", 10),
    "11380": ("은평구", 10), "41360": ("남양주시", 5),
}  # fmt: skip
DISTRICT_NAMES = {code: name for code, (name, _) in (DAEGU | OUTSIDE).items()}

EMPLOYMENT_NAMES = {
    "unemployed": "미취업",
    "employed": "취업",
    "self-employed": "자영업",
    "student": "학생",
}

AGENCIES = {  # who takes applications, and how many of a hundred
    "daegu-youth-centre": 46,
    "daegu-social-service-youth": 18,
    "daegu-welfare-centres": 16,
    "daegu-volunteers": 10,
    "community-and-economy": 10,
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of work: name as in NCS's 24 fields, share in per cent, skills, last words of firms, jobs."""

    name: str
    share: int
    skills: tuple[str, ...]
    firms: tuple[str, ...]
    jobs: tuple[str, ...]


FIELDS = (
    Field("정보통신", 26, ("파이썬", "자바", "SQL", "웹 개발", "앱 개발", "데이터 분석", "리눅스", "UI 설계"),
          ("소프트", "데이터", "테크", "웍스"), ("웹 개발", "데이터 분석", "앱 운영")),
    Field("문화·예술·디자인·방송", 22,
          ("포토샵", "일러스트레이터", "영상 편집", "사진 촬영", "3D 모델링", "글쓰기", "UI 설계"),
          ("디자인", "스튜디오", "미디어"), ("콘텐츠 디자인", "영상 제작", "브랜드 기획")),
    Field("경영·회계·사무", 16, ("엑셀", "회계", "문서 작성", "기획", "영어", "데이터 분석", "전산회계"),
          ("파트너스", "컨설팅", "커넥트"), ("사업 기획", "경영 지원", "회계 사무")),
    Field("영업판매", 12, ("온라인 마케팅", "상품 기획", "고객 응대", "SNS 운영", "영어", "사진 촬영"),
          ("커머스", "상회", "마켓"), ("온라인 판매", "마케팅", "상품 기획")),
    Field("음식서비스", 8, ("한식 조리", "제과제빵", "바리스타", "메뉴 개발", "고객 응대", "위생 관리"),
          ("키친", "베이커리", "로스터스"), ("메뉴 개발", "매장 운영")),
    Field("교육·자연·사회과학", 6, ("강의", "교안 작성", "코딩 교육", "상담", "영어", "글쓰기"),
          ("에듀", "배움터"), ("교육 운영", "교구 개발")),
    Field("사회복지·종교", 4, ("사회복지사", "상담", "프로그램 운영", "문서 작성", "행사 운영"),
          ("돌봄", "나눔"), ("프로그램 운영", "돌봄 지원")),
    Field("섬유·의복", 4, ("패턴", "봉제", "의류 디자인", "상품 기획", "사진 촬영"),
          ("텍스타일", "어패럴"), ("의류 디자인", "생산 관리")),
    Field("환경·에너지·안전", 2, ("환경 교육", "새활용", "안전 관리", "데이터 분석", "행사 운영"),
          ("그린", "에코"), ("새활용 기획", "환경 교육")),
)  # fmt: skip

FIRM_WORDS = (
    "달구벌", "팔공", "신천", "금호", "앞산", "두류", "수성못", "비슬", "낙동", "반월", "서문",
    "동촌", "강정", "이음", "새벽", "너울", "가온", "누리", "다온", "라온", "마루", "한울",
    "아람", "온새", "해솔", "푸른",
)  # fmt: skip

WAGE_FLOOR_WON = {2022: 9160, 2023: 9620, 2024: 9860, 2025: 10030, 2026: 10320}
"""Minimum wage an hour, as in the city pack (a test compares them); a later year takes the last one known."""

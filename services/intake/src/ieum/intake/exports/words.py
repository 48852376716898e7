"""What codes are called in a file that people read."""

EMPLOYMENT = {"unemployed": "미취업", "employed": "취업", "self-employed": "자영업", "student": "학생"}
LIFE_STAGES = {
    "infancy": "영유아기",
    "child": "아동·청소년기",
    "youth": "청년기",
    "middle-age": "중장년기",
    "old-age": "노년기",
}
CHANNELS = {"web": "누리집", "counter": "창구", "csv": "파일", "agency": "기관"}
STATUS = {
    "submitted": "접수",
    "ranked": "심사 완료",
    "ineligible": "자격 미충족",
    "proposed": "제안",
    "accepted": "수락",
    "declined": "거절",
    "expired": "기한 만료",
    "waiting": "예비순번",
    "not-matched": "미배정",
    "started": "참여 중",
    "completed": "수료",
    "ended-early": "중도 종료",
    "withdrawn": "취소",
}
ROLES = {
    "agency": "참여기관",
    "workplace": "사업장",
    "supplier": "공급기관",
    "buyer": "수요기관",
    "donor": "기부자",
    "partner": "협약기관",
}
STATES = {
    "reported": "발굴·신고",
    "consulting": "상담",
    "serving": "서비스 제공",
    "monitoring": "점검",
    "follow-up": "사후관리",
    "closed": "종결",
}

"""The steps that a programme owes a person after the start and the end of a place (사후관리)."""

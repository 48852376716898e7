"""Examples with known outcomes from the literature; each test names its source."""

from __future__ import annotations

import pytest

from ieum.matching.clearing.parsing import parse
from ieum.matching.clearing.solve import solve
from ieum.matching.clearing.verify import verify

from .markets import Document, market, strict
from .oracle import Oracle


def outcome(document: Document) -> dict[str, str]:
    result = solve(parse(document)).document()
    assert verify(document, result) == []
    return {match["applicant"]: match["opening"] for match in result["matches"]}


def marriage(asking: dict[str, str], answering: dict[str, str]) -> Document:
    """A market of one place each; preferences as words of one-letter names, best first."""
    openings = {name: {"priorities": strict(*line)} for name, line in answering.items()}
    return market({name: list(wish) for name, wish in asking.items()}, openings)


def test_gale_and_shapley_1962_example_1() -> None:
    """Gale and Shapley, "College admissions and the stability of marriage", Amer. Math. Monthly 69 (1962),
    ex. 1.

    Of three stable sets of marriages, each side gets its first choices when it is the one that proposes.
    """
    men = {"α": "ABC", "β": "BCA", "γ": "CAB"}
    women = {"A": "βγα", "B": "γαβ", "C": "αβγ"}
    assert outcome(marriage(men, women)) == {"α": "A", "β": "B", "γ": "C"}
    assert outcome(marriage(women, men)) == {"A": "β", "B": "γ", "C": "α"}
    assert len(list(Oracle(marriage(men, women)).stable_matchings())) == 3


def test_gale_and_shapley_1962_example_2() -> None:
    """The same paper, example 2: only one set of marriages is stable, and nobody gets a first choice."""
    men = {"α": "ABCD", "β": "ADCB", "γ": "BACD", "δ": "DBCA"}
    women = {"A": "δγαβ", "B": "βδαγ", "C": "δαβγ", "D": "γβαδ"}
    expected = {"α": "C", "β": "D", "γ": "A", "δ": "B"}
    assert outcome(marriage(men, women)) == expected
    assert outcome(marriage(women, men)) == {woman: man for man, woman in expected.items()}
    assert list(Oracle(marriage(men, women)).stable_matchings()) == [expected]


def test_knuth_1976_as_in_roth_and_sotomayor_1990_example_2_17() -> None:
    """Knuth, "Mariages stables" (1976), in Roth and Sotomayor, "Two-Sided Matching" (1990), example 2.17.

    Ten stable matchings, one best for each side.
    """
    men = {"1": "abcd", "2": "badc", "3": "cdab", "4": "dcba"}
    women = {"a": "4321", "b": "3412", "c": "2143", "d": "1234"}
    assert outcome(marriage(men, women)) == {"1": "a", "2": "b", "3": "c", "4": "d"}
    assert outcome(marriage(women, men)) == {"a": "4", "b": "3", "c": "2", "d": "1"}
    assert len(list(Oracle(marriage(men, women)).stable_matchings())) == 10


def test_roth_1982_stability_costs_two_students_their_first_choice() -> None:
    """Roth, "The economics of matching: stability and incentives", Math. of Operations Research 7 (1982).

    As example 1 in Abdulkadiroğlu and Sönmez, "School choice: a mechanism design approach", American Economic
    Review 93 (2003): the one stable matching, though 1 and 2 would rather exchange.
    """
    students = {"1": "bac", "2": "abc", "3": "abc"}
    schools = {"a": "132", "b": "213", "c": "213"}
    assert outcome(marriage(students, schools)) == {"1": "a", "2": "b", "3": "c"}
    assert list(Oracle(marriage(students, schools)).stable_matchings()) == [{"1": "a", "2": "b", "3": "c"}]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({}, {"s1": "c1", "s2": "c1", "s3": "c2"}),
        ({"quotas": [{"group": "majority", "at_most": 1}]}, {"s1": "c1", "s2": "c2", "s3": "c1"}),
        (
            {"reserves": [{"group": "minority", "places": 1, "unfilled": "open"}]},
            {"s1": "c1", "s2": "c1", "s3": "c2"},
        ),
    ],
)
def test_a_quota_can_harm_the_minority_where_a_reserve_does_not(
    policy: Document, expected: dict[str, str]
) -> None:
    """The finding of Kojima, "School choice: impossibilities for affirmative action", GEB 75 (2012).

    A quota on the majority at c1 sends s2 to c2, and the minority student s3 to the second choice. With a
    reserve instead nobody is worse off: Hafalir, Yenmez and Yildirim, "Effective affirmative action in
    school choice", Theoretical Economics 8 (2013). The places are worked out by hand.
    """
    document = market(
        {"s1": ["c1"], "s2": ["c1", "c2"], "s3": ["c2", "c1"]},
        {
            "c1": {"capacity": 2, "priorities": strict("s1", "s2", "s3")} | policy,
            "c2": {"priorities": strict("s2", "s3", "s1")},
        },
        majority=["s1", "s2"],
        minority=["s3"],
    )
    assert outcome(document) == expected


def test_the_rural_hospital_stays_short() -> None:
    """Roth, "On the allocation of residents to rural hospitals", Econometrica 54 (1986).

    An opening that does not fill its places holds the same applicants in every stable outcome.
    """
    document = market(
        {"1": ["x", "y"], "2": ["y", "x"], "3": ["y", "z"], "4": ["x", "y", "z"]},
        {
            "x": {"priorities": strict("2", "1", "4", "3")},
            "y": {"priorities": strict("1", "2", "3", "4")},
            "z": {"capacity": 3, "priorities": strict("3", "4")},
        },
    )
    stable = list(Oracle(document).stable_matchings())
    assert len(stable) == 2
    assert all({who for who, where in one.items() if where == "z"} == {"3", "4"} for one in stable)
    assert outcome(document) == {"1": "x", "2": "y", "3": "z", "4": "z"}

"""From a seed to a year's market: the same seed and year give the same sample, byte for byte."""

from __future__ import annotations

from random import Random

from ieum.demo.sample.csv_files import agency_files
from ieum.demo.sample.model import Sample
from ieum.demo.sample.people import people as invent_people
from ieum.demo.sample.workplaces import workplaces as invent_workplaces


def generate(seed: int, year: int, people: int = 400, workplaces: int = 34, places: int = 40) -> Sample:
    """A sample of invented people and workplaces; the default numbers of firms and places are those of 2022.

    Raises ValueError for more than 10,000 people, or fewer places than workplaces.
    """
    rng = Random(f"ieum/{seed}/{year}")  # noqa: S311 - invented data, nothing secret
    openings = invent_workplaces(rng, year, workplaces, places)
    applicants = invent_people(rng, year, people, openings)
    files, bad_rows = agency_files(rng, year, (person for person in applicants if person.channel == "csv"))
    return Sample(seed, year, openings, applicants, files, bad_rows)

"""Sample people and workplaces: invented, plausible, and the same for the same seed."""

from ieum.demo.sample.csv_files import write_csv
from ieum.demo.sample.generate import generate
from ieum.demo.sample.model import BadRow, Person, Sample, Workplace

__all__ = ["BadRow", "Person", "Sample", "Workplace", "generate", "write_csv"]

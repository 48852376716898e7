"""`python -m ieum.matching`."""

from ieum.common.service.run import main
from ieum.matching.app import build
from ieum.matching.settings import MatchingSettings

main("matching", build, MatchingSettings)

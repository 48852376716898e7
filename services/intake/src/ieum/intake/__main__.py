"""`python -m ieum.intake`."""

from ieum.common.service.run import main
from ieum.intake.app import build
from ieum.intake.settings import IntakeSettings

main("intake", build, IntakeSettings)

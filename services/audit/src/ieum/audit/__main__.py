"""`python -m ieum.audit`."""

from ieum.audit.app import build
from ieum.audit.settings import AuditSettings
from ieum.common.service.run import main

main("audit", build, AuditSettings)

"""HTTP and pages: one factory, problems, tokens and roles, limits, health, and creating exactly once."""

from ieum.common.web.answers import may
from ieum.common.web.conditions import Version, etag
from ieum.common.web.factory import application
from ieum.common.web.gathered import Creating
from ieum.common.web.health import Health, Metric
from ieum.common.web.idempotency import delete_expired
from ieum.common.web.model import Body, BusinessNumber, CorporateNumber, example
from ieum.common.web.pages import render
from ieum.common.web.requests import Made, check_key, create, unit
from ieum.common.web.secrets import WebSecrets
from ieum.common.web.tokens import PUBLIC, Principal, requires

__all__ = [
    "PUBLIC",
    "Body",
    "BusinessNumber",
    "CorporateNumber",
    "Creating",
    "Health",
    "Made",
    "Metric",
    "Principal",
    "Version",
    "WebSecrets",
    "application",
    "check_key",
    "create",
    "delete_expired",
    "etag",
    "example",
    "may",
    "render",
    "requires",
    "unit",
]

"""`python -m ieum.notify`."""

from ieum.common.service.run import main
from ieum.notify.app import build
from ieum.notify.settings import NotifySettings

main("notify", build, NotifySettings)

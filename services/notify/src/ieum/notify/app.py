"""Where notify is put together."""

from __future__ import annotations

from email.headerregistry import Address

from ieum.common.kafka.options import Pace
from ieum.common.privacy import purposes
from ieum.common.service.app import Service
from ieum.notify.catalogue.consumers import on_openings, on_programmes
from ieum.notify.channels.email import EmailChannel, Mailbox
from ieum.notify.contacts.consumers import on_organisations, on_people
from ieum.notify.deliveries import actions, api, jobs
from ieum.notify.deliveries.consumers import on_matches
from ieum.notify.deliveries.letters import Desk
from ieum.notify.settings import NotifySettings
from ieum.notify.templates.domain import check

READING = Pace(
    gather_ms=100, records_max=500
)  # a message may be a tenth of a second later for being written with others


def build(settings: NotifySettings) -> Service:
    """The service, not yet started; raises Terminal for a template that nobody could fill."""
    service = Service("notify", settings, purpose=purposes.NOTICE)
    check(service.city.templates)
    service.consume(
        "notify-contacts",
        {"intake-people": on_people(forget=actions.forget), "intake-organisations": on_organisations},
        pace=READING,
    )
    service.consume(
        "notify-deliveries",
        {"intake-programmes": on_programmes, "intake-openings": on_openings, "matching-matches": on_matches},
        pace=READING,
    )
    service.every("release", seconds=0.5, run=jobs.release)
    service.every("send", seconds=0.2, run=_sender(service, settings).run)
    service.include(api.router)
    return service


def _sender(service: Service, settings: NotifySettings) -> jobs.Sender:
    quiet = settings.mode == "production" if settings.quiet_hours is None else settings.quiet_hours
    desk = Desk(service.city, service.search, settings.public_url, quiet)
    channel = EmailChannel(_mailbox(service, settings))
    return jobs.Sender(channel, desk, batch_max=settings.batch_max, lease_seconds=settings.lease_seconds)


def _mailbox(service: Service, settings: NotifySettings) -> Mailbox:
    host, _, port = settings.smtp.rpartition(":")
    password = settings.secrets / "smtp_password"
    return Mailbox(
        host=host,
        port=int(port),
        sender=Address(f"{service.city.name.ko} 이음", addr_spec=settings.mail_from),
        city=service.city.id,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=password.read_text(encoding="utf-8").strip() if settings.smtp_username else None,
        timeout_seconds=settings.smtp_timeout_seconds,
        connections=settings.smtp_connections,
    )

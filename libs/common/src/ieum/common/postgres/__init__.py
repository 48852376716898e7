"""Postgres: the pool, migrations, and the unit of work that every read and write goes through."""

from ieum.common.postgres.database import Database
from ieum.common.postgres.transaction import Actor, Tx

__all__ = ["Actor", "Database", "Tx"]

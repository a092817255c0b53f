"""Rules that the database itself keeps, on PostgreSQL and SQLite alike.

They are installed after every migrate, because SQLite drops a table's triggers when a migration rebuilds it,
and `missing()` lets a system check see that none has gone. Before there is something to migrate SQLite's are
taken away: it refuses to rename a table while another one's trigger names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_migrate, pre_migrate


@dataclass(frozen=True)
class AppendOnly:
    """Rows of `table` are added and never changed or removed."""

    table: str

    @property
    def name(self) -> str:
        return f"{self.table}_append_only"

    def postgresql(self) -> list[str]:
        return [
            f"""CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN RAISE EXCEPTION '{self.table} is append-only'; END $$""",
            f"DROP TRIGGER IF EXISTS {self.name} ON {self.table}",
            f"""CREATE TRIGGER {self.name} BEFORE UPDATE OR DELETE ON {self.table}
                FOR EACH ROW EXECUTE FUNCTION {self.name}()""",
            f"DROP TRIGGER IF EXISTS {self.name}_truncate ON {self.table}",
            f"""CREATE TRIGGER {self.name}_truncate BEFORE TRUNCATE ON {self.table}
                FOR EACH STATEMENT EXECUTE FUNCTION {self.name}()""",
        ]

    def postgresql_names(self) -> list[str]:
        return [self.name, f"{self.name}_truncate"]

    def sqlite(self) -> list[str]:
        return [
            f"""CREATE TRIGGER IF NOT EXISTS {self.name}_{event.lower()} BEFORE {event} ON {self.table}
                BEGIN SELECT RAISE(ABORT, '{self.table} is append-only'); END"""
            for event in ("UPDATE", "DELETE")
        ] + [
            # INSERT OR REPLACE removes the old row without asking the trigger on DELETE
            f"""CREATE TRIGGER IF NOT EXISTS {self.name}_replace BEFORE INSERT ON {self.table}
                WHEN EXISTS (SELECT 1 FROM {self.table} WHERE id = NEW.id)
                BEGIN SELECT RAISE(ABORT, '{self.table} is append-only'); END"""
        ]

    def sqlite_names(self) -> list[str]:
        return [f"{self.name}_update", f"{self.name}_delete", f"{self.name}_replace"]


@dataclass(frozen=True)
class SameChapter:
    """`table.column` points at a row of `target` that belongs to the same chapter."""

    table: str
    column: str
    target: str

    @property
    def name(self) -> str:
        return f"{self.table}_{self.column}_same_chapter"

    def postgresql(self) -> list[str]:
        unique = f"{self.target}_id_chapter_uniq"
        return [
            f"""DO $$ BEGIN
                IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = '{unique}') THEN
                    ALTER TABLE {self.target} ADD CONSTRAINT {unique} UNIQUE (id, chapter_id);
                END IF;
                IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = '{self.name}') THEN
                    ALTER TABLE {self.table} ADD CONSTRAINT {self.name}
                        FOREIGN KEY ({self.column}, chapter_id) REFERENCES {self.target} (id, chapter_id)
                        DEFERRABLE INITIALLY DEFERRED;
                END IF;
            END $$"""
        ]

    def postgresql_names(self) -> list[str]:
        return [self.name]

    def sqlite(self) -> list[str]:
        return [
            f"""CREATE TRIGGER IF NOT EXISTS {self.name}_{event.split()[0].lower()}
                BEFORE {event} ON {self.table}
                WHEN NEW.{self.column} IS NOT NULL AND NOT EXISTS (
                    SELECT 1 FROM {self.target} WHERE id = NEW.{self.column} AND chapter_id = NEW.chapter_id)
                BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: {self.name}'); END"""
            for event in ("INSERT", f"UPDATE OF {self.column}, chapter_id")
        ] + [
            f"""CREATE TRIGGER IF NOT EXISTS {self.name}_target
                BEFORE UPDATE OF chapter_id ON {self.target}
                WHEN NEW.chapter_id <> OLD.chapter_id AND EXISTS (
                    SELECT 1 FROM {self.table} WHERE {self.column} = OLD.id)
                BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: {self.name}'); END"""
        ]

    def sqlite_names(self) -> list[str]:
        return [f"{self.name}_insert", f"{self.name}_update", f"{self.name}_target"]


Guard = AppendOnly | SameChapter


def install(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> None:
    """Create what is not there yet, of tables that are there: older states lack some. Safe to run again."""
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for guard in guards:
            if not {guard.table, getattr(guard, "target", guard.table)} <= tables:
                continue
            for statement in getattr(guard, connection.vendor)():
                cursor.execute(statement)


def remove_append_only(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> None:
    """Take the append-only triggers away, for a test database that is about to be emptied."""
    with connection.cursor() as cursor:
        for guard in guards:
            if not isinstance(guard, AppendOnly):
                continue
            for name in getattr(guard, f"{connection.vendor}_names")():
                suffix = f" ON {guard.table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{suffix}")


def _remove_triggers(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> None:
    with connection.cursor() as cursor:
        for guard in guards:
            for name in guard.sqlite_names():
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def missing(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> list[str]:
    """Names of guards that the database does not have, of tables that it has."""
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal UNION SELECT conname FROM pg_constraint"
            )
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        present = {row[0] for row in cursor.fetchall()}
    return [
        name
        for guard in guards
        if guard.table in tables
        for name in getattr(guard, f"{connection.vendor}_names")()
        if name not in present
    ]


def keep(app: AppConfig, guards: Sequence[Guard]) -> None:
    """Install an app's guards after each migrate, and let `check --database default` see that they stand."""

    def install_guards(using: str, **kwargs: object) -> None:
        install(connections[using], guards)

    def make_way(using: str, plan: Sequence[object] = (), **kwargs: object) -> None:
        if plan and connections[using].vendor == "sqlite":
            _remove_triggers(connections[using], guards)

    pre_migrate.connect(make_way, sender=app, weak=False, dispatch_uid=f"{app.label}.guards")
    post_migrate.connect(install_guards, sender=app, weak=False, dispatch_uid=f"{app.label}.guards")

    @register(Tags.database)
    def guards_stand(databases: Sequence[str] | None = None, **kwargs: object) -> list[CheckMessage]:
        return [
            # a warning, or migrate could not run and put it there
            Warning(f"The database lacks {name}.", hint="Run manage.py migrate.", id="hub.W010")
            for alias in databases or []
            for name in missing(connections[alias], guards)
        ]

"""Triggers that write down, beside the hub's tables, what the oracle must know and a later update would hide.

`faults_begun` has a row for each attempt, never updated: when it was written, and so that PostgreSQL can tell
when it was committed.
`faults_moved` has a row for each change of a delivery's status with the lane's fence at that moment.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection

TABLES = """
CREATE TABLE faults_begun (attempt_id bigint, fence bigint, lane_fence bigint, noted text);
CREATE TABLE faults_moved (
    delivery_id bigint, came_from text, went_to text, lane_fence bigint, attempt_fence bigint
);
"""
LANE = """(SELECT lane.fence FROM posts_lane lane JOIN posts_delivery d ON d.account_id = lane.account_id
    WHERE d.id = {delivery})"""
LAST = "(SELECT max(a.fence) FROM posts_attempt a WHERE a.delivery_id = NEW.id)"
BEGUN = f"""INSERT INTO faults_begun
    VALUES (NEW.id, NEW.fence, {LANE.format(delivery="NEW.delivery_id")}, {{now}});"""
MOVED = f"""INSERT INTO faults_moved
    VALUES (NEW.id, OLD.status, NEW.status, {LANE.format(delivery="NEW.id")}, {LAST});"""

SQLITE_NOW = "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"

POSTGRESQL = f"""
CREATE FUNCTION faults_note_begun() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN {BEGUN.format(now="clock_timestamp()")} RETURN NULL; END $$;
CREATE TRIGGER faults_begun AFTER INSERT ON posts_attempt FOR EACH ROW EXECUTE FUNCTION faults_note_begun();
CREATE FUNCTION faults_note_moved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {MOVED} RETURN NULL; END $$;
CREATE TRIGGER faults_moved AFTER UPDATE ON posts_delivery FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION faults_note_moved();
"""
SQLITE = f"""
CREATE TRIGGER faults_begun AFTER INSERT ON posts_attempt FOR EACH ROW
    BEGIN {BEGUN.format(now=SQLITE_NOW)} END;
CREATE TRIGGER faults_moved AFTER UPDATE ON posts_delivery FOR EACH ROW
    WHEN OLD.status IS NOT NEW.status BEGIN {MOVED} END;
"""


def install() -> None:
    """Put tables and triggers into the current, migrated database."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        connection.connection.executescript(TABLES + SQLITE)
        return
    with connection.cursor() as cursor:
        cursor.execute(TABLES + POSTGRESQL)


def begun() -> list[tuple]:
    """(attempt, fence, lane's fence, when written, when committed or None) of every attempt."""
    when = "pg_xact_commit_timestamp(xmin)" if connection.vendor == "postgresql" else "NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT attempt_id, fence, lane_fence, noted, {when} FROM faults_begun ORDER BY attempt_id"
        )
        return [(*row[:3], datetime.fromisoformat(row[3]), row[4]) for row in cursor.fetchall()]


def moved() -> list[tuple]:
    """(delivery, from, to, lane's fence, last attempt's fence) of every change of status."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT delivery_id, came_from, went_to, lane_fence, attempt_fence FROM faults_moved")
        return cursor.fetchall()

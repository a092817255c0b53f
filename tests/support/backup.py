"""A backup of the test's database and its return, by the means that docs/operating.md names."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from django.db import connection

from tests.support import servers
from tests.support.pieces import missing


class Backup:
    """The database as it was when this was made. Only for tests that commit (`transaction=True`)."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "hub.dump"
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            shutil.copy(self._sqlite(), self.file)
        else:
            self._run("pg_dump", "--format=custom", "--file", self.file)

    def restore(self) -> None:
        """Put it back over whatever is there now."""
        connection.close()
        if connection.vendor == "sqlite":
            for rest in ("-wal", "-shm"):
                Path(f"{self._sqlite()}{rest}").unlink(missing_ok=True)
            shutil.copy(self.file, self._sqlite())
        else:
            self._run("pg_restore", "--clean", "--if-exists", "--exit-on-error", self.file)

    def _sqlite(self) -> Path:
        return Path(connection.settings_dict["NAME"])

    def _run(self, name: str, *arguments: str | Path) -> None:
        try:
            program = servers.postgres_binaries() / name
        except servers.NotToBeHad as reason:
            missing(str(reason))
        if not program.is_file():
            missing(f"{name} was not found beside PostgreSQL; `apt-get install postgresql-client` brings it")
        of = connection.settings_dict
        subprocess.run(
            [program, f"--host={of['HOST']}", f"--port={of['PORT']}", f"--username={of['USER']}",
             f"--dbname={of['NAME']}", *arguments],
            env=os.environ | {"PGPASSWORD": of["PASSWORD"]}, check=True, capture_output=True, timeout=120,
        )  # fmt: skip

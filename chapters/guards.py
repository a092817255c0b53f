"""What the database itself enforces for this app's tables."""

from hubsite.lib.db_guards import AppendOnly

GUARDS = [AppendOnly("chapters_event")]

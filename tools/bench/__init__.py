"""How fast, how punctual and how cheap the publishing engine is, beside raw loops: `make bench-publish`.

Everything runs on this machine: PostgreSQL with fsync and synchronous commit on, Redis, two Celery workers
and the scheduler as their own processes, and a platform that costs next to nothing. docs/benchmarks.md says
how to read what it prints.

platform   the server that is posted to, and how the others talk with it
raw        the loops that the engine is compared with
machine    PostgreSQL, Redis, child processes, what they cost
hub        one hub: a database, its workers, its scheduler
rows       accounts and scheduled posts, in bulk
figures    pure: rates, quantiles, quarters
drain, lag, noisy, cost, claim   the measurements
report     tables and totals
"""

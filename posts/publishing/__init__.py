"""Getting scheduled posts to the platforms: on time, once, nothing lost.

This package is the only writer of `Delivery.status` and of `Lane`. The database is the queue; what the broker
carries only shortens the wait.

protocol            pure: one turn of a lane, as effects
decide, matching    pure: the next job, what an answer or a look means; which post is the one in doubt
rollup              pure: what deliveries add up to
queue, waiting      enqueue, withdraw, pause, wake; which of an account's deliveries come next
claim, clock        lanes: claim by compare-and-swap, renew, release; the clocks that count
ledger, finish      what is committed before a call, for several lanes at once, and after it
rows                the database's rows as facts, and decisions as rows
send, calls         the call itself, on a thread that touches no database, and what goes to it and back
breaker, journal    servers in trouble; answers that the database could not take
drain               the loop that puts them together
sweep, repair       what time does; what people do: retry, confirm, deny, skip
times, restored     time-zone data that change; a backup that was restored
health, heartbeat   whether due work is being claimed, and who is at work
"""

"""Getting scheduled posts to the platforms: on time, once, nothing lost.

This package is the only writer of `Delivery.status` and of `Lane`. The database is the queue; what the broker
carries only shortens the wait.

rollup, decide   pure: what deliveries add up to, what an outcome means
queue            enqueue, withdraw, pause, retime, wake
claim            lanes: claim by compare-and-swap, renew, release
ledger           begin and finish one attempt, in committed steps
send             the call itself, on a thread that touches no database
drain            the loop that puts them together
sweep            leases that ran out, lateness
repair           what people do: retry, confirm, deny, skip
"""

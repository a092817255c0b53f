"""Anything may happen at any moment: workers, platform, database, people and time in an order that hypothesis
chooses, judged after every step and, healed, at the end.

HUB_SIM_EXAMPLES makes the run longer; what fails is printed with how to run it again.
"""

from __future__ import annotations

import os
import random

from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from posts.platforms.base import Listing
from tests.simulator import people
from tests.simulator.platform import Fault, Tier
from tests.simulator.store import Delivery, Post
from tests.simulator.worker import Worker
from tests.simulator.world import World

EXAMPLES = int(os.environ.get("HUB_SIM_EXAMPLES", "60"))
ACCOUNTS = 2
WORKERS_MAX = 4
POSTS_MAX = 8

LINK = "https://chapter.example/a/long/way"
TEXTS = st.sampled_from(["Market day", "Market  day", "Market day!", f"Market day {LINK}", f"{LINK} Market"])
# around what decides: answers, deadlines, leases, looks, quarantine, grace
SECONDS = st.sampled_from([0.5, 5.0, 21.0, 40.0, 61.0, 125.0, 200.0, 700.0, 3700.0])
FAULTS = st.one_of(
    st.sampled_from(
        ["lost answer", "500 before", "500 after", "refused connection", "refused", "expired", "fault before",
         "fault after"]
    ).map(Fault),
    st.sampled_from([5.0, 40.0, 90.0, 119.0, 170.0, 300.0]).map(lambda seconds: Fault("late", seconds)),
    st.sampled_from([0.0, 30.0, 7200.0]).map(lambda seconds: Fault("limited", seconds)),
)  # fmt: skip
LOOK_FAULTS = st.sampled_from(["refused connection", "ended early"]).map(Fault)
STAGE_FAULTS = st.sampled_from(["refused connection", "lost answer", "refused"]).map(Fault)
REFRESH_FAULTS = st.sampled_from(["refused connection", "lost answer"]).map(Fault)
TIERS = st.builds(
    Tier,
    key=st.sampled_from(["ignored", "honoured", "forgotten"]),
    shows_key=st.booleans(),
    listing=st.sampled_from([Listing.COMPLETE, Listing.COMPLETE, Listing.PARTIAL, Listing.NONE]),
    refreshable=st.booleans(),
    refuses_duplicates=st.booleans(),
    shortens_links=st.booleans(),
    skew=st.sampled_from([-30.0, 0.0, 30.0]),
)
PICK = st.integers(0, 9)


class Publishing(RuleBasedStateMachine):
    @initialize(
        tier=TIERS, seed=st.integers(0, 2**16), resend=st.booleans(), faults=st.lists(FAULTS, max_size=2)
    )
    def begin(self, tier: Tier, seed: int, resend: bool, faults: list[Fault]) -> None:
        self.world = World(tier, accounts=ACCOUNTS, chance=random.Random(seed).random)
        self.world.store.accounts[2].resend = resend
        self.world.platform.faults.extend(faults)
        people.schedule(self.world, accounts=(1,), text="Market day", media=seed % 2)
        people.schedule(self.world, accounts=(1, 2), text="Market day!", seconds=20.0)
        self.world.hire()

    # ---- people

    @precondition(lambda self: len(self.world.store.posts) < POSTS_MAX)
    @rule(
        text=TEXTS,
        accounts=st.sampled_from([(1,), (1,), (2,), (1, 2)]),
        seconds=st.sampled_from([0.0, 0.0, 30.0, 900.0]),
        media=st.sampled_from([0, 0, 2]),
        grace=st.sampled_from([60.0, 1800.0, 7200.0]),
        faults=st.lists(FAULTS, max_size=2),
    )
    def schedule(
        self,
        text: str,
        accounts: tuple[int, ...],
        seconds: float,
        media: int,
        grace: float,
        faults: list[Fault],
    ) -> None:
        people.schedule(self.world, accounts=accounts, text=text, seconds=seconds, media=media, grace=grace)
        self.world.platform.faults.extend(faults)

    @rule(pick=PICK, text=TEXTS, seconds=st.sampled_from([0.0, 300.0]))
    def edit(self, pick: int, text: str, seconds: float) -> None:
        if post := self._post(pick):
            people.reschedule(self.world, post, seconds=seconds, text=text)

    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        if post := self._post(pick):
            people.unschedule(self.world, post)

    @rule(pick=PICK, approved=st.booleans())
    def approve_or_withdraw(self, pick: int, approved: bool) -> None:
        if post := self._post(pick):
            people.approve(self.world, post, approved=approved)

    @rule(pick=PICK, what=st.sampled_from([people.settle_doubt, people.skip, people.retry]))
    def decide(self, pick: int, what: object) -> None:
        asking = self._deliveries("unconfirmed", "held", "failed")
        if asking:
            what(self.world, asking[pick % len(asking)])

    @rule(account=st.integers(1, ACCOUNTS), what=st.sampled_from([people.pause, people.resume]))
    def pause_or_resume(self, account: int, what: object) -> None:
        what(self.world, account)

    @rule(account=st.integers(1, ACCOUNTS))
    def revoke(self, account: int) -> None:
        self.world.platform.revoke(account)

    @rule(account=st.integers(1, ACCOUNTS))
    def reconnect(self, account: int) -> None:
        people.reconnect(self.world, account)

    @rule(account=st.integers(1, ACCOUNTS))
    def disconnect(self, account: int) -> None:
        people.disconnect(self.world, account)

    @rule(account=st.integers(1, ACCOUNTS), number=st.integers(0, 9))
    def post_by_hand(self, account: int, number: int) -> None:
        """A near-identical neighbour, written on the platform itself."""
        self.world.platform.write_by_hand(account, f"Market day {number}", 0)

    # ---- workers

    @rule(pick=PICK, turn=st.integers(0, 3), steps=st.integers(1, 12))
    def step(self, pick: int, turn: int, steps: int) -> None:
        if worker := self._worker(pick):
            for _ in range(steps):
                note(f"{worker.name}: {self.world.step(worker, turn)}")

    @rule(steps=st.integers(5, 60))
    def all_work(self, steps: int) -> None:
        """Everybody in turn; where nobody has anything to do, time passes until somebody has."""
        self.world.work(steps)

    @rule(steps=st.integers(1, 15), sleep=SECONDS)
    def work_and_oversleep(self, steps: int, sleep: float) -> None:
        """Time passes while everybody stands where they are."""
        self.world.work(steps)
        self.world.advance(sleep)

    @rule(steps=st.integers(1, 15), again=st.integers(0, 15))
    def work_and_die(self, steps: int, again: int) -> None:
        self.world.work(steps)
        for worker in list(self.world.workers):
            self.world.crash(worker)
        self.world.hire()
        self.world.work(again)

    @rule(pick=PICK)
    def crash(self, pick: int) -> None:
        if worker := self._worker(pick):
            self.world.crash(worker)

    @rule(pick=PICK, frozen=st.booleans())
    def freeze_or_thaw(self, pick: int, frozen: bool) -> None:
        if worker := self._worker(pick):
            worker.frozen = frozen

    @precondition(lambda self: len(self.world.workers) < WORKERS_MAX)
    @rule()
    def another_dispatcher(self) -> None:
        self.world.hire()

    # ---- what goes wrong, and time

    @rule(faults=st.lists(FAULTS, min_size=1, max_size=3))
    def platform_fault(self, faults: list[Fault]) -> None:
        self.world.platform.faults.extend(faults)

    @rule(look=LOOK_FAULTS, stage=STAGE_FAULTS, refresh=REFRESH_FAULTS)
    def other_platform_fault(self, look: Fault, stage: Fault, refresh: Fault) -> None:
        self.world.platform.look_faults.append(look)
        self.world.platform.stage_faults.append(stage)
        self.world.platform.refresh_faults.append(refresh)

    @rule(account=st.integers(1, ACCOUNTS))
    def access_runs_out(self, account: int) -> None:
        self.world.platform.expire(account)
        self.world.store.lanes[account].refresh_at = self.world.clock.now

    @rule(seconds=st.sampled_from([0.0, 10.0, 150.0]))
    def list_is_stale(self, seconds: float) -> None:
        self.world.platform.stale = seconds

    @rule(faults=st.lists(st.sampled_from(["none", "away", "lost reply"]), min_size=1, max_size=4))
    def database_fault(self, faults: list[str]) -> None:
        self.world.database_faults = faults

    @rule()
    def our_own_fault(self) -> None:
        self.world.begin_faults += 1

    @rule(seconds=SECONDS)
    def advance(self, seconds: float) -> None:
        self.world.advance(seconds)

    @rule()
    def sweep(self) -> None:
        self.world.sweep()

    # ---- the judge

    @invariant()
    def promise(self) -> None:
        if hasattr(self, "world"):
            self.world.oracle.after_step(self.world)

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        self.world.heal()
        self.world.run_to_quiet()
        self.world.oracle.at_rest(self.world)
        self.world.let_people_settle()

    # ---- picking

    def _post(self, pick: int) -> Post | None:
        posts = list(self.world.store.posts.values())
        return posts[pick % len(posts)] if posts else None

    def _worker(self, pick: int) -> Worker | None:
        return self.world.workers[pick % len(self.world.workers)] if self.world.workers else None

    def _deliveries(self, *statuses: str) -> list[Delivery]:
        return [d for d in self.world.store.deliveries.values() if d.status in statuses]


Publishing.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40,
    deadline=None,
    print_blob=True,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.target, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
TestSimulatedPublishing = Publishing.TestCase

"""`make mutations`: take one safeguard of publishing or one promise away at a time: a test has to notice.

Promise 7, that nothing in doubt is sent again by guess, is what most of publishing's are about.

Each mutation is an exact piece of code and what replaces it, in a copy of the tree. A piece that is no longer
there exactly once fails the run, as does a mutation under which every named test stays green.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENGINE = "tests/posts/publishing"
SIMULATOR = "tests/simulator"
GUARD = "if now > call.lease.taken + START_WITHIN or call.lease.left(now) < DEADLINE + MARGIN:"


@dataclass(frozen=True)
class Edit:
    """One exact piece of a file, and what replaces it."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutation:
    """A safeguard taken away, and the tests that must notice."""

    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


INDEX_IN_MODEL = """            models.UniqueConstraint(
                fields=["delivery"],
                condition=models.Q(phase="publish", outcome=None),
                name="one_open_publish_attempt",
            ),
"""
INDEX_IN_MIGRATION = """                    models.UniqueConstraint(
                        condition=models.Q(("outcome", None), ("phase", "publish")),
                        fields=("delivery",),
                        name="one_open_publish_attempt",
                    ),
"""

PROMISES = (
    Mutation(
        "promise 1: who is of no chapter reaches its queue (no membership asked for)",
        (
            Edit(
                "chapters/access.py",
                ".filter(user_id=request.user.pk, chapter__slug=slug)",
                ".filter(chapter__slug=slug)",
            ),
        ),
        ("tests/access/test_promises.py::test_nobody_of_elsewhere_reaches_a_chapters_queue[post_submit]",),
    ),
    Mutation(
        "promise 2: a revised suggestion enters a copy whole, whatever the chapter took",
        (
            Edit(
                "posts/adopting.py",
                "found.taken_into(post.text, taken)",
                "found.taken_into(post.text, range(1, 999))",
            ),
        ),
        (
            "tests/posts/test_adopting.py::test_half_of_a_difference_is_taken_into_what_the_chapter_made_of_it",
        ),
    ),
    Mutation(
        "promise 3: the central team approves although only advice was wanted",
        (
            Edit(
                "posts/allows.py",
                '_when(counts, _("The chapter asked for advice.',
                '_when(True, _("The chapter asked for advice.',
            ),
            Edit("posts/approval.py", "may_approve=True, closed_at=None", "closed_at=None"),
        ),
        ("tests/access/test_matrix.py::test_everybody_gets_what_the_matrix_says[asked_approve]",),
    ),
    Mutation(
        "promise 5: chapters stand in another order than region and name",
        (
            Edit(
                "chapters/views/central.py",
                'page_of(request, chapters, "region_name", "name")',
                'page_of(request, chapters, "region_name")',
            ),
        ),
        ("tests/access/test_promises.py::test_chapters_stand_by_region_and_name_however_one_asks",),
    ),
)

MUTATIONS = (
    *PROMISES,
    Mutation(
        "a worker that lost its lane writes all the same (no fence check)",
        (Edit("posts/publishing/finish.py", " if fences[lane] == fence}", "}"),),
        (f"{ENGINE}/test_delivery.py::test_worker_that_lost_its_lane_writes_nothing_but_evidence",),
    ),
    Mutation(
        "the database allows a second open publish attempt (no index)",
        (
            Edit("posts/models/delivery.py", INDEX_IN_MODEL, ""),
            Edit("posts/migrations/0001_initial.py", INDEX_IN_MIGRATION, ""),
        ),
        (f"{ENGINE}/test_delivery.py::test_database_refuses_a_second_open_publish_attempt",),
    ),
    Mutation(
        "the account is read at once after a lost answer (no quarantine)",
        (
            Edit(
                "posts/publishing/decide.py",
                "first = max(now, sent_by + timedelta(seconds=timing.quarantine))",
                "first = max(now, sent_by)",
            ),
        ),
        (
            f"{ENGINE}/test_doubt.py::test_lost_answer_is_looked_for_before_anybody_is_asked",
            f"{SIMULATOR}/test_limits.py",
        ),
    ),
    Mutation(
        "one look that does not find it is enough",
        (Edit("posts/publishing/decide.py", "ABSENCES = 2 ", "ABSENCES = 1 "),),
        (f"{SIMULATOR}/test_limits.py",),
    ),
    Mutation(
        "a person is believed at once that it is not there",
        (
            Edit(
                "posts/publishing/decide.py",
                "return sent_by + timedelta(seconds=timing.quarantine)",
                "return sent_by",
            ),
        ),
        (f"{ENGINE}/test_rollup_and_decisions.py",),
    ),
    Mutation(
        "a post that belongs to another delivery counts",
        (Edit("posts/publishing/matching.py", " and not _is_bound(post, bound)]", "]"),),
        (f"{ENGINE}/test_matching.py",),
    ),
    Mutation(
        "platforms' clocks are believed",
        (Edit("posts/publishing/matching.py", "return begun - SKEW", "return begun"),),
        (f"{SIMULATOR}/test_limits.py",),
    ),
    Mutation(
        "a frozen worker sends after its lease (no send guard)",
        (
            Edit(
                "posts/publishing/send.py",
                "if too_late or call.lease.left() < call.deadline + MARGIN:",
                "if False:",
            ),
        ),
        (f"{ENGINE}/test_delivery.py::test_frozen_worker_does_not_send_after_its_lease",),
    ),
    # the same safeguards in the simulator: its judge must notice too
    Mutation(
        "simulator: no fence check",
        (Edit("tests/simulator/ledger.py", "ours = lane.fence == call.lease.fence", "ours = True"),),
        (f"{SIMULATOR}/test_limits.py",),
    ),
    Mutation(
        "simulator: no index",
        (Edit("tests/simulator/store.py", "        self._one_open_publish_attempt()\n", ""),),
        (f"{SIMULATOR}/test_limits.py",),
    ),
    Mutation(
        "simulator: no quarantine",
        (Edit("tests/simulator/ledger.py", "decide.Timing()", "decide.Timing(quarantine=0.0)"),),
        (f"{SIMULATOR}/test_limits.py",),
    ),
    Mutation(
        "simulator: no send guard",
        (Edit("tests/simulator/worker.py", GUARD, "if False:"),),
        (f"{SIMULATOR}/test_limits.py",),
    ),
)


def main() -> int:
    survived = [mutation.name for mutation in MUTATIONS if not _is_noticed(mutation)]
    print(f"{len(MUTATIONS)} mutations, {len(survived)} unnoticed")
    return 1 if survived else 0


def _is_noticed(mutation: Mutation) -> bool:
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        tree = Path(folder) / "tree"
        _copy(tree)
        if not _passes(tree, mutation.tests):
            print(f"FAILED  {mutation.name}: its tests fail without the mutation too")
            return False
        for edit in mutation.edits:
            _apply(tree, edit)
        noticed = not _passes(tree, mutation.tests)
    print(f"{'noticed' if noticed else 'FAILED '} {mutation.name}", flush=True)
    return noticed


def _copy(tree: Path) -> None:
    files = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in files.split("\0"):
        if name and (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)


def _apply(tree: Path, edit: Edit) -> None:
    path = tree / edit.file
    text = path.read_text()
    if text.count(edit.old) != 1:
        raise SystemExit(
            f"{edit.file} no longer has this exactly once, so mend tools/mutations.py:\n{edit.old}"
        )
    path.write_text(text.replace(edit.old, edit.new))


def _passes(tree: Path, tests: tuple[str, ...]) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-n", "0", *tests]
    run = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=600)
    if run.returncode not in (0, 1):
        raise SystemExit(f"the tests could not be run:\n{run.stdout[-3000:]}{run.stderr[-2000:]}")
    return run.returncode == 0


if __name__ == "__main__":
    sys.exit(main())

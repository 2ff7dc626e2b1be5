"""What the other processes of a test run."""

import time

from storage.databases import Database
from storage.errors import LostRace
from storage.migrate import migrate


def count_up(url: str, times: int) -> None:
    """Reads the show's theme as a number and saves it one higher, as often as it takes."""
    db = Database(url, busy_timeout_ms=5000, synchronous="NORMAL")
    done = 0
    while done < times:
        try:
            with db.write("T1") as store:
                show = store.shows.list_recent(1)[0]
                show.theme = str(int(show.theme) + 1)
                store.shows.save(show, show.version)
            done += 1
        except LostRace:
            time.sleep(0.001)
    db.close()


def migrate_at(url: str, moment: float) -> str:
    time.sleep(max(0.0, moment - time.monotonic()))
    return migrate(url).after


def drain(url: str, owner: str, seconds: float) -> list[int]:
    """Claims and finishes until nothing is due; the ids in the order in which this process did them."""
    db = Database(url, synchronous="NORMAL", busy_timeout_ms=5000)
    finished: list[int] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        rows = db.queue.claim(now=10_000, real=10_000, owner=owner, lease_ms=60_000, limit=8, per_workspace=8)
        for row in rows:
            finished.append(row.id)
            assert db.queue.done(row.id, owner, {"at": time.time_ns()})
        if not rows and not db.queue.waiting(10_000, 10_000, limit=1):
            break
    db.close()
    return finished

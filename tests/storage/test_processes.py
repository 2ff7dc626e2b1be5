"""Two processes on one database: nothing lost, nothing twice, nothing out of order."""

import time
from concurrent.futures import ProcessPoolExecutor
from itertools import groupby

import pytest

from storage.databases import Database
from storage.schemas import head_revision, schema_state
from tests.storage.racing import count_up, drain, migrate_at
from tests.storage.rows import show


@pytest.mark.process
def test_no_update_is_lost_between_processes(db: Database, url: str, processes: ProcessPoolExecutor) -> None:
    with db.write("T1") as store:
        store.shows.add(show(theme="0"))
    for done in [processes.submit(count_up, url, 50) for _ in range(2)]:
        done.result(timeout=40)
    with db.read("T1") as store:
        row = store.shows.list_recent(1)[0]
        assert (row.theme, row.version) == ("100", 101)


@pytest.mark.process
def test_two_processes_share_the_queue_without_doubles_or_disorder(
    db: Database, url: str, processes: ProcessPoolExecutor
) -> None:
    lanes: dict[int, str] = {}
    with db.write("T1") as store:
        for number in range(100):
            lane = f"L{number % 10}"
            work_id = store.work.add("deliver", f"k{number}", 1000 + number, lane=lane)
            assert work_id is not None
            lanes[work_id] = lane
    futures = [processes.submit(drain, url, f"p{number}", 30) for number in range(2)]
    finished = [future.result(timeout=45) for future in futures]
    assert sorted(finished[0] + finished[1]) == sorted(lanes)
    with db.read("T1") as store:
        done = [store.work.get(work_id) for work_id in lanes]
    done.sort(key=lambda row: (str(row.lane), row.result["at"] if row.result else 0))
    for _, rows in groupby(done, key=lambda row: row.lane):
        ids = [row.id for row in rows]
        assert ids == sorted(ids)


@pytest.mark.process
def test_two_that_start_at_once_migrate_once(empty_url: str, processes: ProcessPoolExecutor) -> None:
    moment = time.monotonic() + 0.3
    futures = [processes.submit(migrate_at, empty_url, moment) for _ in range(2)]
    assert [future.result(timeout=40) for future in futures] == [head_revision(), head_revision()]
    assert schema_state(empty_url).is_current

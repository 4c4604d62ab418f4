"""Whatever stops a run, the catalogue reads; what is unchanged is not computed twice; every number
explains itself."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError, NotKeptError, StoreError
from firstlight.nouns import Result

TERMS = pl.DataFrame({"term": ["graphene", "perovskite"], "count": [3, 5]})


class Counter:
    """A computation that counts how often it ran."""

    def __init__(self, frame: pl.DataFrame = TERMS, **facts: Any) -> None:
        self.runs, self.frame, self.facts = 0, frame, facts

    def __call__(self) -> tuple[Mapping[str, pl.DataFrame], Mapping[str, Any]]:
        self.runs += 1
        return {"terms": self.frame}, self.facts


def keep(
    catalogue: Catalogue, name: str = "terms", compute: Counter | None = None, **told: Any
) -> Result:
    asked: dict[str, Any] = {
        "instrument": "count_terms",
        "parameters": {"as_of": 2016},
        "inputs": {},
        "source": "made up",
        "licence": "CC0-1.0",
        "units": {"terms": {"count": "documents"}},
    }
    return catalogue.keep(name, compute=compute or Counter(), **(asked | told))


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue.open(tmp_path / "observatory")


def leftovers(catalogue: Catalogue) -> list[Path]:
    return list(catalogue.unfinished.iterdir()) if catalogue.unfinished.exists() else []


# -- keep and find ---------------------------------------------------------------------------------


def test_what_is_kept_comes_back_and_is_not_computed_twice(catalogue: Catalogue) -> None:
    compute = Counter(found=2, note="石墨烯")
    first = keep(catalogue, compute=compute)
    again = keep(Catalogue.open(catalogue.project), compute=compute)
    assert compute.runs == 1
    assert again == first
    assert first.facts == {"found": 2, "note": "石墨烯"}
    assert catalogue.table(first, "terms", verify=True).equals(TERMS)
    assert catalogue.units(first, "terms") == {"count": "documents"}
    assert first.tables["terms"].is_relative_to(catalogue.root / "terms" / first.key[:16])
    assert leftovers(catalogue) == []


@pytest.mark.parametrize(
    "change",
    [
        {"parameters": {"as_of": 2017}},
        {"instrument": "other"},
        {"inputs": {"d": "sha256:" + "0" * 64}},
        {"version": "2"},
    ],
)
def test_another_question_is_another_result(catalogue: Catalogue, change: dict[str, Any]) -> None:
    first, compute = keep(catalogue), Counter()
    assert keep(catalogue, compute=compute, **change).key != first.key
    assert compute.runs == 1
    assert catalogue.results().height == 2


def test_the_latest_run_of_a_name_is_found(catalogue: Catalogue) -> None:
    old = keep(catalogue, parameters={"as_of": 2015})
    new = keep(catalogue, parameters={"as_of": 2016})
    assert catalogue.find("terms") == new
    assert keep(catalogue, parameters={"as_of": 2015}, compute=Counter()) == old
    assert Catalogue.open(catalogue.project).find("terms") == old
    assert catalogue.results()["key"].to_list() == [new.key, old.key]


def test_run_order_survives_a_clock_that_goes_back(tmp_path: Path) -> None:
    times = iter([datetime(2030, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)])
    catalogue = Catalogue.open(tmp_path, clock=lambda: next(times))
    keep(catalogue, parameters={"n": 1})
    later = keep(catalogue, parameters={"n": 2})
    assert later.created == "2030-01-01T00:00:00.000001+00:00"
    assert catalogue.find("terms") == later


def test_find_by_key(catalogue: Catalogue) -> None:
    kept = [keep(catalogue, parameters={"n": number}) for number in range(20)]
    for result in kept:
        assert catalogue.find(result.key) == result
        assert catalogue.find(result.key[:12].upper()) == result
    with pytest.raises(NotKeptError, match="give more digits") as caught:
        catalogue.find(
            max((result.key[0] for result in kept), key=[result.key[0] for result in kept].count)
        )
    assert "terms" in caught.value.where


@pytest.mark.parametrize("asked", ["term", "0000000000", "", "../terms", ".unfinished"])
def test_what_is_not_kept_names_what_is(catalogue: Catalogue, asked: str) -> None:
    keep(catalogue)
    with pytest.raises(NotKeptError, match="terms") as caught:
        catalogue.find(asked)
    assert caught.value.try_next == "firstlight show"


def test_listing(catalogue: Catalogue) -> None:
    terms = keep(catalogue)
    keep(catalogue, "growth", inputs={"terms": terms.key}, parameters={})
    keep(catalogue, "older", version="0.0.1+old")
    keep(catalogue, "orphan", inputs={"terms": "f" * 64})
    keep(catalogue, "after_older", inputs={"o": catalogue.find("older").key})
    listed = catalogue.results()
    notes = dict(listed.select("name", "note").rows())
    assert notes == {
        "after_older": "input o is stale",
        "growth": "",
        "older": "computed by 0.0.1+old",
        "orphan": "input terms is not kept",
        "terms": "",
    }
    assert listed["is_stale"].to_list() == [note != "" for note in listed["note"]]
    assert listed["rows"].to_list() == [2] * 5
    assert listed["tables"].to_list() == [["terms"]] * 5
    assert Catalogue.open(catalogue.project / "empty").results().height == 0


def test_a_failed_computation_keeps_nothing(catalogue: Catalogue) -> None:
    def fails() -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        keep(catalogue, compute=fails)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"facts\.share"):
        keep(catalogue, compute=Counter(share=float("nan")))
    assert catalogue.results().height == 0
    assert leftovers(catalogue) == []


# -- damage ----------------------------------------------------------------------------------------


def test_a_damaged_table_is_told_and_computed_again(catalogue: Catalogue) -> None:
    result, compute = keep(catalogue), Counter()
    path = result.tables["terms"]
    whole = path.read_bytes()
    path.write_bytes(whole[:-20] + b"x" + whole[-19:])
    assert catalogue.verify(result) == ("terms.parquet was changed after it was written",)
    with pytest.raises(StoreError, match=r"terms\.parquet") as caught:
        catalogue.table(result, "terms", verify=True)
    assert "firstlight observe" in caught.value.try_next
    assert keep(catalogue, compute=compute).key == result.key
    assert compute.runs == 1
    assert path.read_bytes() == whole
    assert catalogue.verify(result) == ()


def test_an_unreadable_record_is_listed_and_computed_again(catalogue: Catalogue) -> None:
    result = keep(catalogue)
    (path,) = catalogue.root.glob("terms/*/result.json")
    path.write_text("{")
    listed = catalogue.results().row(0, named=True)
    assert (listed["name"], listed["key"], listed["is_stale"]) == ("terms", result.key[:16], True)
    assert "can't be read" in listed["note"]
    assert catalogue.verify(result)
    with pytest.raises(NotKeptError):
        catalogue.find("terms")
    assert keep(catalogue).key == result.key
    assert catalogue.results()["is_stale"].to_list() == [False]


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="needs /dev/full, a device that is always full"
)
def test_a_full_disk_leaves_no_half_result(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier, write = keep(catalogue, "earlier"), Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", lambda path, data: write(Path("/dev/full"), data))
    with pytest.raises(StoreError, match="the disk is full"):
        keep(catalogue)
    monkeypatch.undo()

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="the disk is full"):
        keep(catalogue)
    monkeypatch.undo()
    assert catalogue.results()["name"].to_list() == ["earlier"]
    assert catalogue.verify(earlier) == ()
    assert leftovers(catalogue) == []
    assert keep(catalogue).name == "terms"


def test_a_real_limit_on_file_size_is_told_as_a_full_disk(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="file size limits are POSIX")
    assert resource
    script = """
import resource, signal, sys, polars as pl
from firstlight.catalogue import Catalogue
from firstlight.errors import StoreError
c = Catalogue.open(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
big = pl.DataFrame({"n": range(200_000)}).select(pl.col("n").hash())
try:
    c.keep("big", instrument="i", parameters={}, inputs={}, source="", licence="", compute=lambda: ({"t": big}, {}))
except StoreError as problem:
    print(problem.what)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=True
    )
    assert "the disk is full" in done.stdout
    assert Catalogue.open(tmp_path).results().height == 0


def test_an_unwritable_folder_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="can't be used") as caught:
        Catalogue.open(tmp_path / "file" / "observatory")
    assert caught.value.try_next
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(StoreError, match="can't be written") as caught:
        _open_without_privileges(closed)
    assert "choose a folder" in caught.value.try_next


def _open_without_privileges(folder: Path) -> None:
    if not os.access(folder, os.W_OK):
        Catalogue.open(folder)
        return
    try:
        os.seteuid(65534)
    except OSError:
        pytest.skip("root may write everywhere, and may not become another user here")
    try:
        Catalogue.open(folder)
    finally:
        os.seteuid(0)


def test_reading_writes_nothing(catalogue: Catalogue, tmp_path: Path) -> None:
    result = keep(catalogue)
    before = sorted(catalogue.project.rglob("*"))
    reader = Catalogue.open(catalogue.project, reading=True)
    assert reader.find("terms") == result
    assert reader.sql("SELECT sum(count)::INTEGER AS n FROM terms__terms")["n"].to_list() == [8]
    assert sorted(catalogue.project.rglob("*")) == before
    with pytest.raises(StoreError, match="no catalogue here"):
        Catalogue.open(tmp_path / "nowhere", reading=True)
    assert not (tmp_path / "nowhere").exists()


# -- kills and writers side by side ----------------------------------------------------------------

LOOP = """
import sys, polars as pl
from firstlight.catalogue import Catalogue
c = Catalogue.open(sys.argv[1])
print("open", flush=True)
for n in range(int(sys.argv[2])):
    frame = pl.DataFrame({"n": range(20_000)}).select(a=pl.col("n") * n, b=(pl.col("n") % (n + 1)).cast(pl.String))
    c.keep(f"r{n % 5}", instrument="i", parameters={"n": n}, inputs={}, source="s", licence="l",
           compute=lambda: ({"t": frame, "u": frame.head(n)}, {"n": n}), version="1")
    print("kept", flush=True)
print("done", flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
@pytest.mark.slow
def test_a_run_killed_at_any_moment_leaves_the_catalogue_whole(tmp_path: Path) -> None:
    """Fifteen kills at random moments of a run that would keep a million results; then one
    finishes."""
    moments = random.Random(20160101)
    command = [sys.executable, "-c", LOOP, str(tmp_path)]
    kept = 0
    for attempt in range(15):
        run = subprocess.Popen([*command, "1000000"], stdout=subprocess.PIPE, text=True)
        assert run.stdout is not None
        assert run.stdout.readline() == "open\n"
        if attempt == 0:
            assert run.stdout.readline() == "kept\n"
        time.sleep(moments.uniform(0, 0.15))
        run.send_signal(signal.SIGKILL)
        assert run.wait() == -signal.SIGKILL
        run.stdout.close()
        catalogue = Catalogue.open(tmp_path)
        assert leftovers(catalogue) == []
        listed = catalogue.results()
        assert listed["note"].to_list() == ["computed by 1"] * listed.height
        assert all(catalogue.verify(catalogue.find(key)) == () for key in listed["key"])
        assert listed.height >= kept
        kept = listed.height
    assert kept > 0
    subprocess.run([*command, str(kept + 5)], check=True, capture_output=True)
    whole = Catalogue.open(tmp_path)
    assert whole.results().height == kept + 5
    assert all(whole.verify(whole.find(key)) == () for key in whole.results()["key"])


def test_writers_of_one_key_both_succeed(catalogue: Catalogue) -> None:
    together = threading.Barrier(4)

    def slow() -> tuple[Mapping[str, pl.DataFrame], Mapping[str, Any]]:
        together.wait(timeout=300)
        return {"terms": TERMS}, {}

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(keep, catalogue, compute=slow) for _ in range(4)]
    assert [writer.exception() for writer in writers] == [None] * 4
    kept = [writer.result() for writer in writers]
    assert len({result.key for result in kept}) == 1
    assert all(result == kept[0] for result in kept)
    assert catalogue.results().height == 1
    assert catalogue.verify(kept[0]) == ()
    assert leftovers(catalogue) == []


@pytest.mark.slow
def test_processes_that_write_the_same_results_all_finish(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LOOP, str(tmp_path), "15"]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [run.communicate(timeout=600)[0] for run in runs] == [
        "open\n" + "kept\n" * 15 + "done\n"
    ] * 3
    catalogue = Catalogue.open(tmp_path)
    assert catalogue.results().height == 15
    assert leftovers(catalogue) == []


# -- queries ---------------------------------------------------------------------------------------


def test_sql_sees_the_latest_results(catalogue: Catalogue) -> None:
    keep(catalogue, parameters={"n": 1}, compute=Counter(TERMS.head(1)))
    keep(catalogue, parameters={"n": 2})
    keep(catalogue, "tidy.x__y")
    joined = catalogue.sql(
        'SELECT count(*) AS n FROM terms__terms JOIN "tidy.x__y__terms" USING (term)'
    )
    assert joined["n"].to_list() == [2]
    assert sorted(catalogue.sql("SHOW TABLES")["name"]) == ["terms__terms", "tidy.x__y__terms"]


def test_a_damaged_table_does_not_stop_other_queries(catalogue: Catalogue) -> None:
    keep(catalogue)
    keep(catalogue, "broken").tables["terms"].write_bytes(b"")
    assert catalogue.sql("SELECT * FROM TERMS__terms").equals(TERMS)
    with pytest.raises(StoreError, match="broken__terms"):
        catalogue.sql("SELECT * FROM broken__terms")


def test_tables_that_are_not_there(catalogue: Catalogue) -> None:
    with pytest.raises(NotKeptError, match="one of terms"):
        catalogue.table(keep(catalogue), "nothing")
    with pytest.raises(NotKeptError, match="one of terms"):
        catalogue.units(keep(catalogue), "nothing")

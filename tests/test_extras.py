"""Every extra as it is documented, alone: installed into a fresh environment, and one call of each
kind there."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import tomllib
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PANDAS = ROOT / "tests" / "without_pyarrow.py"
CALLS = {
    "tables": """
        import pandas, pathlib, firstlight as fl
        rows = {"technology": "lamp", "year": range(2000, 2008), "cost": [9, 8, 7, 6.5, 5, 4.6, 4, 3]}
        for name in ("costs.xlsx", "costs.dta"):
            frame = pandas.DataFrame(rows)
            frame.to_excel(name, index=False) if name.endswith("xlsx") else frame.to_stata(name, write_index=False)
            assert fl.measure("learning", name).frame.height == 1
    """,
    "plots": """
        import polars, firstlight as fl
        rows = {"technology": list("abcdefghij") * 16, "year": [2000 + row // 10 for row in range(160)]}
        counts = polars.DataFrame({**rows, "count": [20 + row % 7 + row // 10 for row in range(160)]})
        found = fl.observe(counts)
        assert found.plot().to_dict() and found.plot(found.frame["name"][0]).to_dict()
    """,
    "chains": """
        import pymrio
        from firstlight import chains
        pymrio.load_test().save_all("saved")
        table = chains.read_database("saved", "saved")
        found = chains.footprints(table.rows(), stressors=table.stressor_rows())
        assert found.tables["countries"].height == 18
    """,
    "maps": """
        import polars, firstlight as fl
        places = ["France", "德国", "ITA", "ES", "China", "Japan", "India", "Brazil"]
        rows = {"unit": places, "digital": [k / 10 for k in range(8)], "green": [0.5] * 8}
        found = fl.measure("coupling", polars.DataFrame(rows), systems="digital,green")
        drawn = found.tables["world_outlines"]
        assert set(drawn["place"].drop_nulls()) == set(places) and drawn.height > 170
    """,
    "gravity": """
        import itertools, numpy, polars
        from firstlight import places
        draws = numpy.random.default_rng(0)
        pairs = list(itertools.product("abcdef", repeat=2))
        flow = [float(20 + draws.poisson(30) + 60 * (one == other)) for one, other in pairs]
        rows = {"origin": [one for one, _ in pairs], "destination": [other for _, other in pairs], "flow": flow}
        for given in (polars.DataFrame(rows), __import__("pandas").DataFrame(rows)):
            assert places.border(given) is not None
    """,
    "documents": """
        import docx, firstlight as fl
        document = docx.Document()
        for line in ("1. Fuel cells", "2. Solar cells"):
            document.add_paragraph(line)
        document.save("plan.docx")
        assert fl.measure("plan", "plan.docx").frame.height == 2
    """,
    "serve": """
        import json, polars, urllib.request, threading, time, firstlight as fl
        from pathlib import Path
        from firstlight.web.server import serve
        rows = {"technology": list("abcdefghij") * 16, "year": [2000 + row // 10 for row in range(160)]}
        fl.observe(polars.DataFrame({**rows, "count": [20 + row % 7 + row // 10 for row in range(160)]}), project="kept")
        threading.Thread(target=serve, args=([Path("kept")],), kwargs={"port": 8765}, daemon=True).start()
        for _ in range(100):
            time.sleep(0.1)
            try:
                page = urllib.request.urlopen("http://127.0.0.1:8765/zh/kept/technologies").read().decode()
                break
            except OSError:
                pass
        assert "zh-Hans" in page
        address = "http://127.0.0.1:8765/data/kept/technologies.xlsx"
        assert urllib.request.urlopen(address).read()[:2] == b"PK"
    """,
    "semantic": """
        from firstlight.run.likeness import vectors
        english, chinese, other = vectors(["graph neural network", "图神经网络", "perovskite solar cell"])
        assert english @ chinese > english @ other
    """,
}


def _installed(folder: Path, extra: str) -> Path:
    """The Python of a fresh environment with Firstlight and one extra; skips where no package index
    is reached."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    wanted = f"{ROOT}[{extra}]" if extra else str(ROOT)
    words = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wanted]
    done = subprocess.run(words, capture_output=True, text=True, timeout=900)
    if done.returncode and "connection" in done.stderr.lower():
        pytest.skip("no package index is reached")
    assert not done.returncode, done.stderr[-2000:]
    return python


def _run(python: Path, folder: Path, *words: str, path: str = "") -> str:
    """What a program prints; it imports what is installed, and what lies in ``path`` before it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    around = {**kept, "PYTHONPATH": path} if path else kept
    done = subprocess.run(
        [python, *words], cwd=folder, env=around, capture_output=True, text=True, timeout=600
    )
    assert not done.returncode, done.stderr[-2000:]
    return done.stdout


def test_calls_are_known_for_every_extra_that_users_install() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    assert set(CALLS) == set(extras) - {"test", "docs"}


@pytest.mark.slow
@pytest.mark.parametrize("extra", sorted(CALLS))
def test_an_extra_alone_does_what_it_is_for(extra: str, tmp_path: Path) -> None:
    python = _installed(tmp_path / "environment", extra)
    _run(python, tmp_path, "-c", textwrap.dedent(CALLS[extra]))


@pytest.mark.slow
def test_pandas_frames_are_read_on_the_documented_installation(tmp_path: Path) -> None:
    python = _installed(tmp_path / "environment", "tables,gravity")
    assert "read without PyArrow" in _run(python, tmp_path, str(PANDAS))


@pytest.mark.slow
def test_the_core_alone_observes(tmp_path: Path) -> None:
    python = _installed(tmp_path / "environment", "")
    rows = "".join(
        f"{name},{year},{20 + year % 7}\n" for name in "abcdefghij" for year in range(2000, 2016)
    )
    (tmp_path / "counts.csv").write_text("technology,year,count\n" + rows, encoding="utf-8")
    assert _run(python, tmp_path, "-m", "firstlight", "observe", "counts.csv", "--quiet")


@pytest.mark.slow
def test_pandas_frames_are_read_and_returned_where_pyarrow_is_hidden(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    assert "read without PyArrow" in _run(
        Path(sys.executable), tmp_path, str(PANDAS), "--hide-pyarrow", path=str(ROOT / "src")
    )

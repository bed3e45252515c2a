"""A run leaves no files behind, also when it is killed in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.simulation.folders import fast_folder, sweep

KILLED = """
import os, sys
from pathlib import Path
from tests.simulation.folders import fast_folder
with fast_folder(Path(sys.argv[1])) as folder:
    (folder / "laptop").write_text("left behind")
    os._exit(9)
"""


def aged(where: Path) -> None:
    for lock in where.glob("*/*.lock"):
        os.utime(lock, (0, 0))


def test_what_a_killed_run_left_goes_when_the_next_one_starts(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, timeout=60)
    assert len(list(tmp_path.glob("*/laptop"))) == 1
    aged(tmp_path)
    with fast_folder(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder]
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_a_run_that_goes_on_stays(tmp_path: Path) -> None:
    with fast_folder(tmp_path) as folder:
        aged(tmp_path)
        sweep(tmp_path)
        assert folder.is_dir()

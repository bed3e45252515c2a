"""``make demo``: the demo company, a server, and a rep's whole day.

With a display the client opens, signed in as rep1. Without one, or with DEMO_HEADLESS=1, the
same windows are driven through a day: first sync, network off, eight visits with photos and
orders, a kill in the middle of a visit, the evening sync over a line that is cut twice, a
conflict settled, the manager's review, the rep reading it. What was lost or duplicated is
counted from both databases afterwards.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from tests.journeys.day import Day
from tests.journeys.office import Office

OUT = Path("demo-out")


def main() -> int:
    """Open the demo, or drive it."""
    seed = int(os.environ.get("DEMO_SEED", "7"))
    headless = os.environ.get("DEMO_HEADLESS") == "1" or not _has_display()
    with tempfile.TemporaryDirectory(prefix="fieldcrm-demo-") as folder, Office(Path(folder), seed) as office:
        if not headless:
            return _open(Path(folder), office)
        _clear()
        facts = Day(office, Path(folder), OUT, os.environ.get("DEMO_LANGUAGE", "zh_CN")).run()
    (OUT / "day.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(json.dumps(facts, ensure_ascii=False, indent=1))
    print(f"pictures and day.json are in {OUT}/")
    return 0 if facts["lost"] == facts["duplicated"] == 0 else 1


def _clear() -> None:
    OUT.mkdir(exist_ok=True)
    for old in [*OUT.glob("[0-9]*.png"), OUT / "day.json"]:
        old.unlink(missing_ok=True)


def _has_display() -> bool:
    return sys.platform in ("win32", "darwin") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def _open(folder: Path, office: Office) -> int:
    """Open the real client, signed in as a rep; the demo ends when its window is closed."""
    from fieldcrm import app, laptop

    home = folder / "home"
    os.environ["FIELDCRM_HOME"] = str(home)
    who = office.people["rep1"]
    passphrase = None if _has_keyring() else who["password"]
    opened = laptop.sign_in(
        home, office.url, "rep1", who["password"], device_name="demo", passphrase=passphrase, device=""
    )
    opened.close()
    print(f"The server is at {office.url}. Everybody's password: {who['password']}")
    print("Users: " + ", ".join(f"{login} ({each['name']})" for login, each in office.people.items()))
    if passphrase:
        print(f"No keyring was found; the passphrase is {passphrase}")
    return app.run(server=office.url)


def _has_keyring() -> bool:
    from fieldcrm.storage import key

    return key.has_keyring()


if __name__ == "__main__":
    sys.exit(main())

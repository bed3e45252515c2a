"""Who worked on this machine is known before anything is unlocked, and nothing more."""

from __future__ import annotations

import os
import stat
from datetime import timedelta
from pathlib import Path

from fieldcrm.ids import new_id
from fieldcrm.storage import profiles
from tests.builders import MORNING
from tests.fixtures.keyring import RunInKeyring


def test_server_and_user_make_one_profile(tmp_path: Path) -> None:
    user, other = new_id(), new_id()
    one = profiles.profile_for("https://CRM.example/", user, "rep1", "Li Na")
    assert one.id == profiles.profile_for("https://crm.example", user, "lina", "Li Na").id
    assert one.id != profiles.profile_for("https://crm.example", other, "rep1", "Li Na").id
    assert one.id != profiles.profile_for("https://two.example", user, "rep1", "Li Na").id


def test_known_profiles_are_listed_latest_first(tmp_path: Path) -> None:
    assert profiles.known(tmp_path) == []
    people = [profiles.profile_for("https://crm.example", new_id(), f"rep{n}", f"Rep {n}") for n in range(3)]
    for hours, person in ((1, people[0]), (3, people[1]), (2, people[2])):
        profiles.remember(tmp_path, person, MORNING + timedelta(hours=hours))
    assert [p.login for p in profiles.known(tmp_path)] == ["rep1", "rep2", "rep0"]
    assert profiles.known(tmp_path)[0].opened_at == MORNING + timedelta(hours=3)


def test_an_unreadable_card_hides_only_itself(tmp_path: Path) -> None:
    good = profiles.profile_for("https://crm.example", new_id(), "rep1", "Li Na")
    profiles.remember(tmp_path, good, MORNING)
    bad = tmp_path / "profiles" / "bad"
    bad.mkdir()
    (bad / "profile.json").write_text("{")
    assert [p.login for p in profiles.known(tmp_path)] == ["rep1"]


def test_only_the_user_may_look_into_the_folder(tmp_path: Path) -> None:
    profile = profiles.profile_for("https://crm.example", new_id(), "rep1", "Li Na")
    profiles.remember(tmp_path, profile, MORNING)
    mode = stat.S_IMODE(profiles.folder(tmp_path, profile).stat().st_mode)
    assert os.name != "posix" or mode == 0o700


def test_a_profile_in_the_keyring_opens_without_a_word(run_in_keyring: RunInKeyring, tmp_path: Path) -> None:
    done = run_in_keyring(
        "from pathlib import Path\n"
        "from fieldcrm.ids import new_id\n"
        "from fieldcrm.storage import key, profiles, wipe\n"
        "from fieldcrm.storage.database import Database\n"
        f"home = Path({str(tmp_path)!r}) / 'crm'\n"
        "profile = profiles.profile_for('https://crm.example', new_id(), 'rep1', 'Li Na')\n"
        "made = key.new_key()\n"
        "profiles.lock_away(home, profile, made)\n"
        "Database.create(profiles.database_file(home, profile), made).close()\n"
        "database = Database.open(profiles.database_file(home, profile), profiles.unlock(home, profile))\n"
        "wipe.wipe(home, profile, database)\n"
        "print(profiles.folder(home, profile).exists())\n"
    )
    assert done.stdout == "False\n", done.stderr

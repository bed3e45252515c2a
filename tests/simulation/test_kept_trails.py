"""Histories that once broke an invariant, each shortened to its trail: they stay mended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fieldcrm import faults
from tests.simulation import run
from tests.simulation.history import Result, heard, play
from tests.simulation.oracle import Violation
from tests.simulation.templates import Templates

TRAILS = {
    "a poison that moved with its copy to another device is counted on and refused in time (I17)": """
        3608698330 create_contact:8848853c clone_client:b792dcb0 edit_account:2657f poison:69fb0fc9
    """,
    "a server killed before it stored a whole file does not say that it has it (I12)": """
        2768212451 take_photo:c5452917 sync:1ffb1ec9 change_grants:fc7cb46c
        kill_server_at_upload:4fd8310 sync:aa9be28b cut_upload:fb4a2878
    """,
    "a picture goes along with the copy of its laptop (I12)": """
        2340482 restore_client:26fbbb30 take_photo:c9e8357d clone_client:f14cf1e1
        restore_client:96f13275
    """,
    "what a restored server refuses to make again is the laptop's own to mend (I20)": """
        3636048988 backup_server:22d0584c create_account:76e72234 sync:592a3990 corrupt_row:972731de
        restore_server:a5c48c5f sync:3bab2e2c change_grants:c59e3d6d
    """,
    "an old copy of a laptop that has become another device is the device it was (I16)": """
        1472836288 clone_client:4a4c53b2 restore_client:d268883 create_account:f2b551c1 sync:e3b5b67f
        create_account:50324a33 sync:47aa1ee9 restore_client:c7ed2059
    """,
    "a store that was refused to one copy and mended by the other is on both (I6)": """
        1367215594 create_account:92ff0afb poison:97b5d5cd clone_client:5f363cda sync:e142c99c
        sync:1246361e sync:57a43676 edit_account:4d286de1
    """,
    "a scope that a restore gives back is not held before it is fetched (I5)": """
        34076589 backup_server:4a374539 change_grants:54b8838a sync:4a4a6616 restore_server:60aee9a6
        sync:6ccc1491 change_grants:2eaeb7fd
    """,
    "an edit alone does not keep a row that a restored server gives to somebody else (I5)": """
        2259100775 edit_account:f7b4ca06 reassign:625bc32 backup_server:4c4cb416 restore_server:860f1ca1
    """,
    "a leaver's new work that went with repeated work is missed after a restore (I15)": """
        1176253263 take_order:d55584cf sync:bc2c79f9 backup_server:58a548a8 edit_account:5609b0a2
        make_leaver:d2e43db8 sync:43e11ce5 restore_server:7e4c2dd6
    """,
    "an old answer that comes twice in a row does not take newer rows away (I14)": """
        3231501952 change_grants:aabcdbf4 sync:c9178097 sync:5abedf74 sync:3943a87
    """,
    "what somebody entered after the copy that was put back was his own to lose (I9)": """
        2879127388 edit_account:e5807a26 edit_account:88c68da2 restore_client:e96468a5
        edit_account:f0910943 restore_client:a72fdd4f
    """,
    "a leaver who has nothing to hand in shows that a restored server lost his work (I15)": """
        3613560318 make_leaver:c54de03a backup_server:e968e5f3 create_account:67e8b86b
        sync:9c89370b restore_server:23585a25 sync:19e604e7
    """,
    "nothing waits for a poison that was dealt with in the time a restore lost (I17)": """
        3496599842 draft_order:4eeb6e8d poison:1c807df6 sync:c1a542c1 backup_server:46524831
        sync:7ce54974 sync:a1739ca8 amend_order:4646fb8 restore_server:c20db326
    """,
    "a row that was damaged before it was edited is found when the edit is refused (I20)": """
        548677278 clone_client:6aaef1b1 clone_client:31c78f7f corrupt_row:bff8888f
        archive_account:3e85482a poison:63b6dd36
    """,
    "what a leaver fetched after one restore is in doubt after the next (I14)": """
        4224689004 backup_server:da02d257 sync:c13ed0d6 restore_server:205a82c4 change_grants:569fd3fc
        sync:b47298e8 make_leaver:5417fbe4 sync:acd669e7 restore_server:49ca0fd3
    """,
    "what was entered into a store that was refused goes along when it is mended (I9)": """
        1522978551 create_account:3e3028e0 backup_server:f691ed62 change_grants:25ff0fa8 sync:612f5074
        sync:c3bd61a8 archive_account:b9dec208 restore_server:99e9ccf7
    """,
    "what was put out for its age does not come back with a restore (I5)": """
        1123655737 check_in:18c96ef0 pass_time:7e5e886 create_account:83229309 backup_server:28610494
        sync:caa36b30 restore_server:a9022260 sync:4e4aa948 pass_time:9e8c9a48
    """,
    "a cursor from before a backup that has expired is not taken for a lost one (I15)": """
        1242556253 edit_account:3e172a34 sync:db4a544e pass_time:c6633df7 backup_server:35b6ae51
        restore_server:73d4a135
    """,
    "who compared everything because his cursor had expired knows of the restore what there is to know": """
        1670248161 revoke_lost:3accf891 archive_account:7987be81 sync:d04239e1 backup_server:6027fddf
        office_deletes:355f4a1f sync:87912dc1 restore_server:855657a9 lease_runs_out:a92e2af6
        create_todo:47d2969b sync:1fdda967 lease_runs_out:9ee70eca edit_account:1b1ddd8d sync:53d561b9
        pass_time:2bd5aefc
    """,
    "a late answer that took a device back leaves what it was told before in doubt (I4)": """
        4169327454 archive_account:67dc60e0 backup_server:9961341d sync:3af55c54 sync:9ae3356b
        office_edits:e6272aa0 backup_server:711c6989 sync:4f7d9149 take_order:6187b5ef sync:4b58cef8
        sync:e6093e69 sync:4f5272b8 sync:6e61ecb1 restore_server:bc71f2a2
    """,
    "an old answer from the same place leaves no row of a scope that was taken since (I5)": """
        836192045 change_grants:1cd3d0e sync:1abb6218 change_grants:78687330 sync:596d8b64
        sync:b8044844 change_grants:d59bef90
    """,
    "an old answer from before a restore is not believed in place of the one that is lost (I1)": """
        1656933993 backup_server:5a3d1dc3 edit_account:cdc8c2f5 sync:4332d505 restore_server:5e4a65bf
        office_deletes:9964982d sync:f98f3b5
    """,
    "what a laptop let go of while it compared a scope is in doubt after a restore (I6)": """
        2042787411 change_grants:29c9aad7 sync:d520b96c take_photo:adee27d8 pass_time:3e141d53
        take_photo:994c3da6 sync:7e519523 sync:91c4d18f backup_server:fd45aaeb sync:6cc835f
        pass_time:9e2bce81 sync:70dfae90 restore_server:19203b94
    """,
    "an old answer's lease does not make a device look like its copy (I16)": """
        3243000332 sync:cc0dacb7 check_in:a4661096 backup_server:f8a00c9c restore_server:c5133176
        sync:2f494dfc take_photo:e199ad29 sync:72a22eb7 draft_order:e2e89579 sync:3b1316db sync:b81ff9ad
    """,
}


@pytest.fixture(scope="module")
def templates() -> Iterator[Templates]:
    with run.prepared() as made:
        yield made


@pytest.mark.parametrize("story", TRAILS)
def test_a_kept_trail_stays_mended(story: str, templates: Templates) -> None:
    seed, _, trail = TRAILS[story].strip().partition(" ")
    play(heard(trail), templates, Result(int(seed)))


COUNTED = "a leaver's new work that went with repeated work is missed after a restore (I15)"


@pytest.mark.parametrize(("bug", "invariant", "story"), [("news_uncounted", "I15", COUNTED)])
def test_a_planted_bug_is_caught_by_its_trail(
    bug: str, invariant: str, story: str, templates: Templates
) -> None:
    seed, _, trail = TRAILS[story].strip().partition(" ")
    with faults.plant(bug), pytest.raises(Violation, match=invariant):
        play(heard(trail), templates, Result(int(seed)))

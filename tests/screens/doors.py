"""The screens before the shell: sign in, the passphrase, the first sync."""

from __future__ import annotations

from pathlib import Path

from fieldcrm.afresh import Rescued
from fieldcrm.errors import LeaseOver
from fieldcrm.ui.devices.lease import locked
from fieldcrm.ui.devices.wiped import WipedPage
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.signin.damaged import DamagedForm, RescuedForm
from fieldcrm.ui.signin.door import door
from fieldcrm.ui.signin.page import SignInPage
from fieldcrm.ui.signin.progress import FirstSync, Part
from fieldcrm.ui.widgets.buttons import Button
from tests.screens.stage import LOW, SIZES, Stage


def walk(stage: Stage, home: Path) -> None:
    """Come in for the first time."""
    page = SignInPage(stage.jobs, door(home), [], "https://sync.example.com")
    stage.window.show_content(page)
    stage.window.resize(*SIZES[0])
    stage.window.show()
    stage.window.activateWindow()
    form = page.ask_to_sign_in()
    form.account.setText("rep1")
    form.device.setText("办公室")
    form.password.setFocus()
    stage.take("01-sign-in")
    page._ask_for_new()
    stage.take("02-passphrase")
    progress = FirstSync("陈嘉禾")
    page.show_panel(progress)
    parts = [
        Part(tr("Stores"), 86, 86, finished=True),
        Part(tr("Items and prices"), 1204, 1860),
        Part(tr("Orders and visits")),
        Part(tr("Photos"), 0, 38),
    ]
    progress.show_parts(parts, 0.42, 25)
    progress.allow_work()
    progress.setFocus()
    stage.take("03-first-sync")
    _shut(stage, page)


def _shut(stage: Stage, page: SignInPage) -> None:
    """The ways in that are closed: locked, damaged, wiped."""
    form = page.ask_to_sign_in()
    form.device.setText("办公室")
    form.account.setText("rep1")
    form.fail(locked(LeaseOver(days=14, waiting=3)), offer_offline=False)
    form.password.setFocus()
    stage.take("72-locked", sizes=LOW)
    damaged = DamagedForm(can_seal=True, opens=True)
    page.show_panel(damaged)
    damaged.setFocus()
    stage.take("73-damaged", sizes=LOW)
    rescued = RescuedForm(Rescued(12, 3, 5, 1, readable=True))
    page.show_panel(rescued)
    rescued.setFocus()
    stage.take("74-rescued", sizes=LOW)
    wiped = WipedPage(3, lambda: None)
    stage.window.show_content(wiped)
    stage.settle()
    wiped.findChildren(Button)[0].setFocus()
    stage.take("75-wiped", primaries=0, sizes=LOW)

"""The builder: every change is kept and undone, what is wrong is named, publishing makes an edition."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from fieldcrm.rules.sop import FieldType
from fieldcrm.services import sop_publishing
from fieldcrm.storage import drafts
from fieldcrm.storage.database import Database
from fieldcrm.ui.context import Context
from fieldcrm.ui.sop.builder import KIND, BuilderPage
from fieldcrm.ui.sop.export_dialog import ExportDialog
from fieldcrm.ui.sop.outline import MIME
from fieldcrm.ui.sop.page import TemplatesPage, document_of
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.overlays import Overlay
from fieldcrm.ui.widgets.typing import LineField
from tests.ui.conftest import LOOKS, NOW, TODAY


def begin(laptop_db: Database) -> None:
    """Begin the next edition of the supermarkets' template."""
    with laptop_db.writing() as session:
        [ka] = [e for e in sop_publishing.editions(session) if e.code == "KA"]
        drafts.save(session, KIND, "KA", document_of(ka), NOW)


@pytest.fixture
def builder(
    manager_context: Context, laptop_db: Database, qtbot: QtBot, settle: Callable[[], None]
) -> BuilderPage:
    """The builder with a draft of the supermarkets' next edition."""
    begin(laptop_db)
    page = BuilderPage(manager_context)
    manager_context.shell.widget = page  # type: ignore[attr-defined]  # a RecordingShell
    qtbot.addWidget(page)
    page.show_place(draft="KA")
    page.resize(1216, 828)
    page.show()
    settle()
    return page


def kept(page: BuilderPage) -> Any:
    with page.context.database.reading() as session:
        return drafts.load(session, KIND, "KA")


def titles(page: BuilderPage) -> list[str]:
    return [step["title"] for step in page.document["steps"]]


def press(page: BuilderPage, words: str) -> None:
    [overlay] = [each for each in page.findChildren(Overlay) if each.isVisible()]
    next(b for b in overlay.findChildren(Button) if b.text() == words).click()


def test_a_change_is_kept_at_once_and_undone(builder: BuilderPage, settle: Any) -> None:
    before = titles(builder)
    builder.add_step()
    settle()
    assert len(kept(builder)["steps"]) == len(before) + 1
    builder.undo()
    settle()
    assert titles(builder) == before
    assert len(kept(builder)["steps"]) == len(before)
    builder.redo()
    assert len(titles(builder)) == len(before) + 1


def test_keys_move_copy_and_remove(builder: BuilderPage, qtbot: QtBot, settle: Any) -> None:
    first, second, *rest = titles(builder)
    builder.outline.pick(builder.outline.parts.number_of((0,)))
    qtbot.keyClick(builder.outline, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert titles(builder) == [second, first, *rest]
    assert builder.path == (1,)
    qtbot.keyClick(builder.outline, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert titles(builder)[1:3] == [first, first]
    qtbot.keyClick(builder.outline, Qt.Key.Key_Delete)
    settle()
    assert titles(builder) == [second, first, *rest]


def test_a_step_is_dragged_before_another(builder: BuilderPage) -> None:
    first, second, *rest = titles(builder)
    outline, data = builder.outline, QMimeData()
    data.setData(MIME, b"[1]")
    top = outline.visualRect(outline.parts.index(outline.parts.number_of((0,)), 0)).topLeft()
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    outline.dropEvent(QDropEvent(QPointF(top), Qt.DropAction.MoveAction, data, left, none))
    assert titles(builder) == [second, first, *rest]


def test_the_preview_is_the_reps_own_step(builder: BuilderPage, qtbot: QtBot) -> None:
    builder.path = (3,)
    builder._show()
    qtbot.waitUntil(lambda: builder.preview.view is not None and builder.preview.view.step.key == "audit")
    view = builder.preview.view
    assert view is not None
    assert view.rows["why_out"].isHidden()
    builder.preview._on_answer("articles", {"x": {"out": True}})
    assert not view.rows["why_out"].isHidden()


def test_what_is_wrong_is_named_and_keeps_it_from_being_published(builder: BuilderPage, settle: Any) -> None:
    builder.path = (0,)
    builder.add_field(FieldType.CHOICE)
    builder._on_property(builder.path, {"choices": ["one"]}, None)
    assert [str(found.code) for found in builder.found] == ["few_choices"]
    wrong = builder.path
    builder.path = ()
    builder.publish()
    assert builder.path == wrong
    assert "2" in builder._finding.text()


def test_publishing_makes_the_next_edition_and_ends_the_draft(builder: BuilderPage, settle: Any) -> None:
    builder._on_property((), {"sunset_on": date(2026, 12, 1).isoformat()}, None)
    builder.add_step()
    builder.publish()
    press(builder, "发布")
    settle()
    with builder.context.database.reading() as session:
        newest = next(e for e in sop_publishing.editions(session) if e.code == "KA")
    assert (newest.edition, newest.valid_from, newest.sunset_on) == (2, TODAY, date(2026, 12, 1))
    assert kept(builder) is None


def test_a_property_is_typed_and_told(builder: BuilderPage, settle: Any) -> None:
    builder.path = (0,)
    builder._show()
    line = builder.properties._body.findChildren(LineField)[0]
    line.setText("盘点")
    line.settle_now()
    settle()
    assert builder.document["steps"][0]["title"] == "盘点"
    assert kept(builder)["steps"][0]["title"] == "盘点"


def test_a_condition_is_added_and_looks_at_another_answer(builder: BuilderPage) -> None:
    builder.path = (2, 2)
    builder._show()
    editor = builder.properties.findChildren(type(builder.properties._condition("show", "x")))[0]
    editor.add()
    assert builder.document["steps"][2]["fields"][2]["show"]["tests"][0]["field"]
    assert builder.found == ()


def test_the_list_shows_drafts_and_editions_and_begins_the_next(
    manager_context: Context, builder: BuilderPage, qtbot: QtBot, settle: Any
) -> None:
    page = TemplatesPage(manager_context)
    qtbot.addWidget(page)
    page.show()
    settle()
    assert page.model.rows[0].edition is None
    assert {line.edition.code for line in page.model.rows if line.edition} == {"KA", "CVS", "TT", "WS", "ANY"}
    page.table.pick(1)
    page.edit()
    settle()
    shell: Any = manager_context.shell
    assert shell.opened[-1][0] == "sop"


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_answers_of_the_team_are_exported(
    manager_context: Context, builder: BuilderPage, settle: Any, tmp_path: Any, form: str
) -> None:
    dialog = ExportDialog(manager_context, [("KA", "商超")], "KA")
    dialog.open()
    settle()
    dialog.form.choose(form)
    file = tmp_path / f"answers.{form}"
    dialog.write(file)
    settle()
    shell: Any = manager_context.shell
    assert file.stat().st_size > 1000
    assert "行" in shell.toasts[-1]


def test_an_export_that_is_stopped_leaves_no_file(
    manager_context: Context, builder: BuilderPage, settle: Any, tmp_path: Any
) -> None:
    dialog = ExportDialog(manager_context, [], "")
    dialog.open()
    settle()
    dialog.form.choose("csv")
    dialog.write(tmp_path / "answers.csv")
    dialog.stop()
    settle()
    assert not (tmp_path / "answers.csv").exists()


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_the_builder_can_be_looked_at(
    laptop_db: Database, manager_context: Context, look: Any, settle: Any, shoot: Any, qtbot: QtBot,
    strays: Any, language: str, mode: str,
) -> None:  # fmt: skip
    begin(laptop_db)
    look(language, mode)
    page = BuilderPage(manager_context)
    qtbot.addWidget(page)
    page.show_place(draft="KA")
    page.show()
    settle()
    shoot(page, f"sop-template-{language[:2]}-{mode}")
    page.path = (3, 1)
    page._show()
    qtbot.wait(200)
    shoot(page, f"sop-builder-{language[:2]}-{mode}")
    page.hide()
    listed = TemplatesPage(manager_context)
    qtbot.addWidget(listed)
    listed.show()
    settle()
    strays.shown.clear()
    shoot(listed, f"sop-list-{language[:2]}-{mode}", sizes=((1280, 720),))

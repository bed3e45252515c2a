"""Publishing the draft: everything is looked at first, then it comes into force as a whole or not at all.

It is an act of this moment: without network the draft stays as it is and the dialog says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, time
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QWidget

from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.errors import FieldCrmError, Offline
from fieldcrm.rules.rule_draft import Difference, Key, RuleDraft, differences
from fieldcrm.services import rule_drafts, rule_edition
from fieldcrm.storage import rule_draft as kept
from fieldcrm.sync import rule_publishing
from fieldcrm.sync.rule_publishing import Taken
from fieldcrm.ui.i18n import ntr, prose, tr
from fieldcrm.ui.limits import lowered
from fieldcrm.ui.prices import fault_words, words
from fieldcrm.ui.prices.reading import Desk
from fieldcrm.ui.widgets.buttons import Button, Segments
from fieldcrm.ui.widgets.fields import DayField, FactRow, Field
from fieldcrm.ui.widgets.frames import holder, row
from fieldcrm.ui.widgets.labels import Paragraph, Sign
from fieldcrm.ui.widgets.overlays import Dialog, confirm
from fieldcrm.ui.widgets.typing import LineField

_NAMED = 3  # rules that a toast calls by name

if TYPE_CHECKING:
    from fieldcrm.ui.prices.page import PricesPage


def ask(page: PricesPage) -> None:
    """Say what is missing, or show what would be published and ask."""
    desk = page.desk
    if desk is None:
        return
    if not desk.draft.changes:
        page.context.shell.toast(tr("Nothing is changed yet: there is nothing to publish"))
    elif desk.refused:
        page.show_wrong()
        said = ntr("{n} rule is to be mended first", "{n} rules are to be mended first", len(desk.refused))
        page.context.shell.toast(said)
    elif desk.is_behind:
        page.notice.setFocus()
        page.context.shell.toast(tr("Go on from the newer set first"))
    else:
        PublishDialog(page, desk).open()


def counts(found: list[Difference]) -> list[tuple[str, str]]:
    """Return what a draft changes, by noun, in words."""
    kinds = {
        noun: Counter(
            "new" if each.before is None else "ends" if each.after is None else "changed"
            for each in found if each.noun == noun
        )
        for noun in dict.fromkeys(each.noun for each in found)
    }  # fmt: skip
    said: dict[str, Callable[[int], str]] = {
        "new": lambda n: ntr("{n} new", "{n} new", n),
        "changed": lambda n: ntr("{n} changed", "{n} changed", n),
        "ends": lambda n: ntr("{n} ends", "{n} end", n),
    }
    return [
        (words.sheet(noun), tr(", ").join(say(number[kind]) for kind, say in said.items() if number[kind]))
        for noun, number in kinds.items()
    ]


class PublishDialog(Dialog):
    """What comes into force, when, and under which name."""

    def __init__(self, page: PricesPage, desk: Desk) -> None:
        super().__init__(
            tr("Publish set no. {n}?", n=desk.newest + 1),
            tr("All of it comes into force together."),
            width=520,
        )
        self._page, self._desk = page, desk
        for noun, said in counts(differences(desk.published, desk.draft)):
            self.add(FactRow(noun, said))
        if desk.draft.of("product") or desk.draft.of("cost_price"):
            text = tr("Items and cost prices change at once, whenever the set begins.")
            self.add(Paragraph(text, 13, 400, "text2"))
        both = tr("See both versions side by side")
        self.add(row(Button(both, "link", "compare", height=24, on_click=self._compare), None))
        if desk.earlier:
            self.add(self._earlier(len(desk.earlier)))
        self.name = LineField(desk.draft.name, tr("Such as: Spring 2027"))
        self.when = Segments(
            [("now", tr("At once")), ("day", tr("From a day on"))], current="now", even=False
        )
        self.day = DayField(page.context.today(), name=tr("First day"))
        self.when.chosen.connect(self._on_when)
        self.day.setVisible(False)
        self.add(Field(tr("Name of the rules"), self.name), row(self.when, self.day, None, gap=12))
        self._problem = Paragraph("", 14, 400, "bad")
        self._problem.hide()
        self.add(self._problem)
        self.button(tr("Cancel"))
        self.go = self.button(tr("Publish"), "primary", self.publish, stays=True)

    def open(self) -> None:
        """Show the question."""
        self.ask(self._page.context.shell.window(), focus=self.name)

    def _earlier(self, number: int) -> QWidget:
        """Return what was wrong before and stays so, with the way to it."""
        said = ntr("{n} thing was wrong before and stays as it is.",
                   "{n} things were wrong before and stay as they are.", number)  # fmt: skip
        look = Button(tr("Show them"), "link", height=24, on_click=self._show_earlier)
        line = row(Sign("alert", 20, "warn"), Paragraph(said, 13, 400, "warn"), look, gap=8)
        line.setStretch(1, 1)
        return holder(line)

    def _compare(self) -> None:
        self.leave()
        self._page.context.shell.open("price_versions")

    def _show_earlier(self) -> None:
        self.leave()
        self._page.show_wrong()

    def _on_when(self, chosen: object) -> None:
        self.when.choose(chosen)
        self.day.setVisible(chosen == "day")
        self.adjustSize()

    @property
    def draft(self) -> RuleDraft:
        """The draft as it would be published."""
        known = self._desk.draft
        starts = datetime.combine(self.day.day, time(), DEFAULT_ZONE) if self.when.current == "day" else None
        return RuleDraft(known.based_on, self.name.text().strip(), starts, known.changes)

    def publish(self) -> None:
        """Send it; a refusal is said here, and the draft stays."""
        laptop, context = self._page.context.laptop, self._page.context
        if laptop is None:
            self._on_failed(Offline("unreachable"))
            return
        body, remote = rule_edition.body(self._desk.published, self.draft), laptop.remote
        self.go.set_running(True)
        context.jobs.task(
            self._page,
            lambda _stop, _tell: rule_publishing.send(remote, body),
            self._on_taken,
            self._on_failed,
        )

    def _on_taken(self, taken: Taken) -> None:
        context = self._page.context
        self.leave()
        context.jobs.write(self._page, kept.discard)
        context.shell.toast(tr("Set no. {n} is published", n=taken.number))
        context.shell.sync_now()
        lowered.look(self._page)

    def _on_failed(self, error: FieldCrmError) -> None:
        self.go.set_running(False)
        noun, key = str(error.data.get("noun") or ""), str(error.data.get("key") or "")
        said = self._desk.docs.get(noun, {}).get(key) or {}
        where = " · ".join(
            each
            for each in (str(said.get("name") or ""), words.column(str(error.data.get("field") or "")))
            if each
        )
        told = fault_words.said(error, self._desk.named)
        kept_words = tr("The draft stays on this laptop; publish it when the office can be reached.")
        more = kept_words if isinstance(error, Offline) else tr("Nothing was published; the draft stays.")
        self._problem.show_text(prose(f"{where}: {told}" if where else told, more), "bad")
        self._problem.show()
        self.adjustSize()


class Notice(QFrame):
    """A line above the rules: somebody else has published, or the draft can be thrown away."""

    def __init__(self, page: PricesPage) -> None:
        super().__init__()
        self.setProperty("surface", "warn")
        self._page = page
        self._desk: Desk | None = None
        self._text = Paragraph("", 14, 400, "text")
        self.go_on = Button("", on_click=self._go_on)
        line = row(
            Sign("source-branch", 20, "warn"), self._text, self.go_on, gap=12, margins=(16, 12, 16, 12)
        )
        line.setStretch(1, 1)
        self.setLayout(line)
        self.setFocusProxy(self.go_on)
        self.hide()

    def show_desk(self, desk: Desk) -> None:
        """Say whether the draft stands on an older set."""
        self._desk = desk
        self.setVisible(desk.is_behind)
        if desk.is_behind:
            self._text.show_text(
                tr("Set no. {n} was published while this draft was being written.", n=desk.newest)
            )
            self.go_on.setText(tr("Go on from no. {n}", n=desk.newest))

    def _go_on(self) -> None:
        desk, context = self._desk, self._page.context
        if desk is None:
            return
        at = context.now()

        def write(session: object) -> list[Key]:
            before = rule_drafts.published(session, desk.draft.based_on)  # type: ignore[arg-type]  # a session
            draft, both = rule_edition.rebased(before, desk.published, desk.draft, desk.newest)
            kept.save(session, draft, at)  # type: ignore[arg-type]
            return both

        def done(both: list[Key]) -> None:
            if not both:
                context.shell.toast(tr("Both do not touch the same rules"))
                return
            docs = [desk.line(noun, key).said for noun, key in both]
            named = tr(", ").join(str(doc.get("name") or doc.get("code") or "") for doc in docs[:_NAMED])
            said = ntr(
                "{n} rule was changed by both, look at it: {names}. Of the same field yours counts.",
                "{n} rules were changed by both, look at them: {names}. Of the same field yours counts.",
                len(both), names=named,
            )  # fmt: skip
            context.shell.toast(said)

        context.jobs.write(self._page, write, done, context.shell.show_error)


def discard(page: PricesPage) -> None:
    """Ask, and throw the whole draft away."""
    confirm(
        page.context.shell.window(), tr("Throw the whole draft away?"),
        tr("Everything that is not published is gone. It cannot be undone."), tr("Throw away"),
        lambda: page.context.jobs.write(page, kept.discard),
    )  # fmt: skip

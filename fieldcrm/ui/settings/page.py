"""Language, theme, density: what one person wants of the interface on this machine."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

import fieldcrm
from fieldcrm.ui.context import Context
from fieldcrm.ui.devices.card import MyDevices
from fieldcrm.ui.i18n import CHINESE, ENGLISH, tr
from fieldcrm.ui.network import ALWAYS, AUTO, NEVER
from fieldcrm.ui.page import Page
from fieldcrm.ui.preferences import COMFORTABLE, COMPACT
from fieldcrm.ui.settings.calendar_card import CalendarCard
from fieldcrm.ui.settings.day_card import DayCard
from fieldcrm.ui.settings.providers_card import ProvidersCard
from fieldcrm.ui.sidebar import role
from fieldcrm.ui.sync.leaving import ask_sign_out, ask_wipe
from fieldcrm.ui.tokens import REGULAR
from fieldcrm.ui.widgets.buttons import Button, Segments
from fieldcrm.ui.widgets.fields import FactRow
from fieldcrm.ui.widgets.frames import Header, card, column, holder, row, rule, scrolling
from fieldcrm.ui.widgets.labels import Label, Paragraph, caption, section_title


class SettingsPage(Page):
    """Every choice takes effect at once."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        manual = Button(
            tr("Open the manual"), icon="book-open-outline", on_click=lambda: context.shell.open("manual")
        )
        self.outer.addWidget(
            Header(tr("Settings"), tr("On this laptop, for {name}", name=context.me.name), [manual])
        )
        self.devices = MyDevices(context)
        self.calendar = CalendarCard(context)
        self.day = DayCard(context)
        self.providers = ProvidersCard(context)
        body = column(
            self._looks(),
            self._sending(),
            self._person(),
            self.day.card,
            self.providers.card,
            self.calendar.card,
            self.devices.card,
            self._about(),
            None,
            gap=16,
            margins=(32, 24, 32, 24),
        )
        content = holder(body)
        content.setMaximumWidth(760)
        self._area = scrolling(content)
        self.outer.addWidget(self._area, 1)

    def refresh(self) -> None:
        self.devices.load()
        self.calendar.load()
        self.day.load()
        self.providers.load()

    def panes(self) -> list[QWidget]:
        return [self._area]

    def _looks(self) -> QFrame:
        settings = self.context.settings
        self.language = _choice([(CHINESE, "简体中文"), (ENGLISH, "English")], settings.language)
        self.theme = _choice(
            [("light", tr("Light")), ("dark", tr("Dark")), ("system", tr("As the system"))], settings.theme
        )
        density = COMPACT if settings.is_compact else COMFORTABLE
        self.density = _choice([(COMFORTABLE, tr("Comfortable")), (COMPACT, tr("Compact"))], density)
        self.language.chosen.connect(lambda key: self._keep("language", key))
        self.theme.chosen.connect(lambda key: self._keep("theme", key))
        self.density.chosen.connect(lambda key: self._keep("density", key))
        return card(
            section_title(tr("Appearance")), 4,
            _line(tr("Language"), self.language), _line(tr("Theme"), self.theme),
            _line(tr("Row height"), self.density, tr("Visits always stay comfortable.")), gap=12,
        )  # fmt: skip

    def _sending(self) -> QFrame:
        choices = [
            (AUTO, tr("As the system says")),
            (ALWAYS, tr("Always metered")),
            (NEVER, tr("Never metered")),
        ]
        self.metered = _choice(choices, self.context.settings.get("metered", AUTO))
        self.metered.chosen.connect(self._take_metering)
        return card(
            section_title(tr("Data use")), 4,
            _line(tr("Metered connection"), self.metered, tr("Photos then wait; everything else is sent.")),
            gap=12,
        )  # fmt: skip

    def _take_metering(self, key: str) -> None:
        self.context.settings.set("metered", key)
        self.context.connection.metering_chosen.emit()

    def _person(self) -> QFrame:
        me = self.context.me
        return card(
            section_title(tr("Signed in")), 4,
            FactRow(tr("Name"), me.name), FactRow(tr("User name"), me.login),
            FactRow(tr("Role"), me.title or role(me.role)), FactRow(tr("Area"), me.territory or "—"), rule(),
            row(
                Button(tr("Open Sync"), icon="cloud-sync-outline", on_click=self._to_sync),
                Button(tr("Sign out"), icon="logout", on_click=lambda: ask_sign_out(self.context)),
                None,
                self._danger(),
            ),
        )  # fmt: skip

    def _danger(self) -> Button:
        wipe = tr("Wipe this laptop")
        return Button(wipe, "danger", "delete-outline", on_click=lambda: ask_wipe(self.context))

    def _to_sync(self) -> None:
        self.context.shell.open("sync")

    def _about(self) -> QFrame:
        return card(
            section_title(tr("About")), 4, FactRow(tr("Version"), fieldcrm.__version__),
            caption(tr("Fonts: Inter (OFL), icons: Material Design Icons (Apache 2.0).")),
            caption(tr("Interface: Qt for Python (LGPL). Database: SQLCipher (BSD).")),
        )  # fmt: skip

    def _keep(self, name: str, value: object) -> None:
        self.context.settings.set(name, value)
        self.context.shell.relook()


def _choice(choices: Sequence[tuple[object, str]], current: object) -> Segments:
    segments = Segments(choices, current=current, even=False)
    segments.setFixedWidth(segments.sizeHint().width())
    return segments


def _line(name: str, control: Segments, help: str = "") -> QHBoxLayout:  # noqa: A002
    control.setAccessibleName(name)
    words = column(Label(name), *([Paragraph(help, 12, REGULAR, "text3")] if help else []), gap=2)
    layout = row(gap=16)
    layout.addLayout(words, 1)
    layout.addWidget(control)
    return layout

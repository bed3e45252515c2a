"""Who is asked for roads and for addresses; nobody, until the rep chooses somebody (V5, A1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QFrame, QWidget
from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError, ProviderFailed
from fieldcrm.model.planning_defaults import ADDRESSES, ROADS
from fieldcrm.rules.routing.distances import Place
from fieldcrm.services import addresses, roads
from fieldcrm.storage import planning
from fieldcrm.ui import errors
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.settings.defaults import DefaultLine
from fieldcrm.ui.widgets.buttons import Button, Segments
from fieldcrm.ui.widgets.frames import card, column, holder, row
from fieldcrm.ui.widgets.labels import Label, caption, secondary, section_title
from fieldcrm.ui.widgets.typing import LineField

_TRIED = (Place(30.2741, 120.1551), Place(30.2800, 120.1600))
_TRIED_ADDRESS = "杭州西湖"


class ProvidersCard:
    """Two choices, each with an address and a test that says plainly what came of it."""

    def __init__(self, context: Context) -> None:
        self.roads = ProviderChoice(
            context, tr("Roads"),
            [(roads.ESTIMATE, tr("Estimate")), (roads.OSRM, "OSRM"), (roads.VALHALLA, "Valhalla")],
            tr("https://… of the server, or the path of its configuration on this laptop"),
            planning.road_provider, planning.keep_road_provider, try_roads, ROADS,
        )  # fmt: skip
        self.addresses = ProviderChoice(
            context, tr("Addresses"),
            [(addresses.NOBODY, tr("Nobody")), (addresses.NOMINATIM, "Nominatim"),
             (addresses.PHOTON, "Photon"), (addresses.BAIDU, tr("Baidu"))],
            tr("https://… of the service, or your key for Baidu"),
            planning.address_provider, planning.keep_address_provider, try_addresses, ADDRESSES,
        )  # fmt: skip
        self.card: QFrame = card(
            section_title(tr("Map services")),
            caption(tr("Positions and addresses you ask for are sent to them. Without a network the last"
                       " answers and estimates are used.")), 4,
            self.roads, self.addresses, gap=16,
        )  # fmt: skip

    def load(self) -> None:
        """Read what is kept."""
        self.roads.load()
        self.addresses.load()


class ProviderChoice(QWidget):
    """A kind of service, where it is, and a button that tries it."""

    def __init__(
        self, context: Context, name: str, kinds: Sequence[tuple[object, str]], hint: str,
        read: Callable[[Session], planning.Chosen], keep: Callable[[Session, str, str], None],
        attempt: Callable[[str, str], str], default: str,
    ) -> None:  # fmt: skip
        super().__init__()
        self._context, self._read, self._keep, self._attempt = context, read, keep, attempt
        self._kinds = kinds
        self.kind = Segments(kinds, current=kinds[0][0], even=False)
        self.kind.setFixedWidth(self.kind.sizeHint().width())
        self.kind.setAccessibleName(name)
        self.address = LineField("", hint, name=tr("{service}: address", service=name))
        self.test = Button(tr("Try it"), icon="lan-check", on_click=self._try)
        self.said = secondary("")
        self.kind.chosen.connect(lambda _kind: self._save())
        self.address.left.connect(self._save)
        self._line = holder(row(self.address, self.test, gap=8))
        self.default = DefaultLine(context, default, self.load)
        head = row(Label(name), None, self.kind, gap=16)
        self.setLayout(column(head, self._line, self.said, self.default, gap=8))
        self._line.hide()
        self.said.hide()

    def load(self) -> None:
        """Read what is kept."""
        self._context.jobs.read(self, self._read, self._show)
        self.default.load()

    def _show(self, chosen: planning.Chosen) -> None:
        kind, address = chosen
        known = [key for key, _ in self._kinds]
        self.kind.choose(kind if kind in known else known[0])
        self.address.setText(address)
        self._line.setVisible(self._is_somebody())

    def _is_somebody(self) -> bool:
        return self.kind.current not in (roads.ESTIMATE, addresses.NOBODY)

    def _save(self) -> None:
        kind, address = str(self.kind.current), self.address.text().strip()
        self._line.setVisible(self._is_somebody())
        self.said.hide()
        self._context.jobs.write(
            self, lambda session: self._keep(session, kind, address), lambda _done: self.default.load()
        )

    def _try(self) -> None:
        self._save()
        kind, address = str(self.kind.current), self.address.text().strip()
        self.test.setEnabled(False)
        self._tell(tr("Asking…"), "text2")
        self._context.jobs.task(
            self, lambda _stop, _told: self._attempt(kind, address), self._works, self._fails
        )

    def _works(self, said: str) -> None:
        self.test.setEnabled(True)
        self._tell(said, "ok")

    def _fails(self, error: FieldCrmError) -> None:
        self.test.setEnabled(True)
        self._tell(failed(error) if isinstance(error, ProviderFailed) else errors.worded(error).whole, "bad")

    def _tell(self, text: str, tone: str) -> None:
        self.said.show_text(text, tone)
        self.said.show()


def try_roads(kind: str, address: str) -> str:
    """Ask for one way and say what came of it."""
    provider = roads.provider(kind, address)
    if provider is None:
        raise ProviderFailed("no_address")
    found = roads.ways(provider, _TRIED, {}).get(_TRIED)
    if found is None:
        return tr("It answers, but does not know the way it was asked for (in Hangzhou).")
    return tr("It works: {km} km in {minutes} minutes.", km=f"{found[1]:.1f}", minutes=round(found[0]))


def try_addresses(kind: str, address: str) -> str:
    """Ask for one address and say what came of it."""
    service = addresses.finder(kind, address)
    if service is None:
        raise ProviderFailed("no_address")
    found = service.find(_TRIED_ADDRESS)
    if found is None:
        return tr("It answers, but does not know the place it was asked for (in Hangzhou).")
    return tr("It works: {place}", place=found.label)


def failed(error: ProviderFailed) -> str:
    """Say plainly why a service is of no use."""
    match error.code:
        case "no_address":
            return tr("Write down its address first.")
        case "unreachable":
            return tr("It cannot be reached: wrong address, or no network.")
        case "refused":
            return tr("It refused: {said}", said=error.data.get("status") or error.data.get("said") or "—")
        case "not_installed":
            return tr("The program for roads without a server is not installed here.")
    return tr("Something answers there, but not this kind of service.")

"""Why the table of an order shows nothing, and what to do about it."""

from __future__ import annotations

from fieldcrm.ui.i18n import tr
from fieldcrm.ui.widgets.states import EmptyState


def say(empty: EmptyState, *, is_searching: bool, has_catalogue: bool) -> None:
    """Say which of three reasons it is."""
    if is_searching:
        text = tr("Try another word, the first letters in pinyin, or the barcode.")
        empty.show_state("magnify", tr("Nothing fits this search"), text, tr("Show all"))
    elif not has_catalogue:
        text = tr("Sync once and the catalogue is here, also without a network.")
        empty.show_state("cloud-download-outline", tr("The catalogue is not on this laptop yet"), text)
    else:
        text = tr("Pick items from the list or repeat the last order.")
        empty.show_state("package-variant-closed", tr("Nothing is ordered yet"), text, tr("Show all"))

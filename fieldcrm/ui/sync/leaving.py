"""Signing out, and wiping this laptop: neither destroys work that is only here.

While anything waits the question refuses and offers what helps: sync, or a rescue bundle.
When a bundle holds all of it, going is allowed, in words that say so.
"""

from __future__ import annotations

from fieldcrm.storage.unsent import Unsent, unsent
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.sync import rescue
from fieldcrm.ui.widgets.overlays import Dialog, confirm


def ask_sign_out(context: Context) -> None:
    """Ask before signing out; everything stays on this laptop, locked."""
    _ask(context, wipe=False)


def ask_wipe(context: Context) -> None:
    """Ask before destroying this person's data on this laptop."""
    _ask(context, wipe=True)


def _ask(context: Context, *, wipe: bool) -> None:
    window = context.shell.window()
    context.jobs.read(window, unsent, lambda left: _show(context, left, wipe=wipe))


def _show(context: Context, left: Unsent, *, wipe: bool) -> Dialog:
    if left.not_rescued:
        return _refuse(context, left, wipe=wipe)
    title = tr("Wipe your data on this laptop?") if wipe else tr("Sign out?")
    text, verb = _words(left, wipe=wipe)
    force = bool(left.count)
    return confirm(
        context.shell.window(), title, text, verb, lambda: context.shell.leave(wipe=wipe, force=force),
        keep=tr("Stay"), destroys=wipe or force,
    )  # fmt: skip


def _words(left: Unsent, *, wipe: bool) -> tuple[str, str]:
    if left.count:
        text = tr("{count} are only on this laptop; your rescue bundle holds all of it.", count=_count(left))
        return text, tr("Wipe anyway") if wipe else tr("Sign out anyway")
    if wipe:
        return (
            tr("Everything is at the office. Your data here is destroyed; signing in fetches it again."),
            tr("Wipe this laptop"),
        )
    text = tr("Everything is at the office. Your data stays here, locked, for the next time.")
    return text, tr("Sign out")


def _refuse(context: Context, left: Unsent, *, wipe: bool) -> Dialog:
    """Say what would be lost, and offer what helps; there is no button that loses it."""
    title = tr("Not yet: wiping would lose work") if wipe else tr("Not yet: some work is only here")
    text = tr(
        "{count} are only on this laptop. Sync first. "
        "With no connection, save a rescue bundle: it keeps them safe.", count=_count(left),
    )  # fmt: skip
    dialog = Dialog(title, text, width=520)
    dialog.button(tr("Stay"))
    dialog.button(
        tr("Save a rescue bundle"),
        on_click=lambda: rescue.save_bundle(context, lambda: _ask(context, wipe=wipe)),
    )
    dialog.button(tr("Sync now"), "primary", context.shell.sync_now)
    dialog.ask(context.shell.window())
    return dialog


def _count(left: Unsent) -> str:
    parts = [ntr("{n} change", "{n} changes", left.changes)] if left.changes else []
    if left.photos:
        parts.append(ntr("{n} photo", "{n} photos", left.photos))
    return tr(" and ").join(parts)

"""Keeping in step with the server: the protocol in one page.

A save writes its rows and, in the same transaction, what it meant: one *mutation* per
aggregate, in the ``outbox``. One request pushes mutations and pulls a page of rows; one
transaction takes the whole answer in, or none of it.

::

    save      rows + outbox entry + kept server copy            one transaction   outbox, intents
    request   choose, seal (pending -> inflight), send          batch, core
    answer    header: an outcome for every mutation             page, acks
              rows:   put | gone | tomb | fill, newer only      apply, documents
              trailer: cursor, scopes given and taken, checksum scopes, state
    commit    outcomes + rows + purge + cursor                  one transaction   core
    photos    after the records, a lane of its own (tus)        uploads, files
    cycle     repeat until up to date                           engine, remote, pace
    first     scope by scope, today's work before the rest      first

Why it holds:

- A mutation has its id from the moment of the save, and the server keeps a receipt with the
  effect: sending again is harmless, so every cut is answered by sending again.
- What was sent is sealed on disk first; a later edit is an entry of its own, and an answer
  is taken in by mutation id: it can swallow nothing (F12).
- A row is written only if its version is newer, and the cursor moves in the transaction of
  its rows: repeating a page, losing one or cutting one changes nothing (I7, I11, I14).
- A row with unsent work shows the server's copy with that work on top (I10); when the work
  has its answer, the server's word stands, and a value that lost is in ``conflict`` (I9).
- What left a device's scopes is removed with everything derived from it; unsent work pins
  its own row until the answer is there (I5).

Modules: ``protocol``, ``entities``, ``merge`` and ``casts`` are shared with the server; everything else
is the laptop's. ``core`` is sans-IO. ``status`` is what the sync centre shows. The whole
reasoning, with every crash point, is in ``docs/sync.md``.
"""

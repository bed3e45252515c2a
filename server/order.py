"""In which order a batch is taken: by the device's counter, but nothing before what it needs.

A pushed row may point at another that is made in the same batch, and the batch may arrive
shuffled (F15). Cycles are taken as they come: their references are then simply missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fieldcrm.sync.protocol import Mutation, Op
from server.batch import references


def in_order(mutations: Sequence[Mutation]) -> list[Mutation]:
    """Return the mutations in the order to decide them."""
    by_counter = sorted(mutations, key=lambda mutation: mutation.n)
    makers = {m.agg[1]: m for m in by_counter if m.op is Op.CREATE}
    by_id = {mutation.id: mutation for mutation in by_counter}
    earlier: dict[str, Mutation] = {}
    before: dict[str, list[Mutation]] = {}
    for mutation in by_counter:
        wanted = [by_id.get(need.lower()) or makers.get(need.lower()) for need in mutation.needs]
        wanted += [makers.get(row_id) for _, row_id in references(mutation)]
        wanted.append(earlier.get(mutation.agg[1]))
        before[mutation.id] = [other for other in wanted if other is not None and other is not mutation]
        earlier[mutation.agg[1]] = mutation
    taken: dict[str, Mutation] = {}
    for mutation in by_counter:
        for each in _with_needs(mutation, before, taken, set()):
            taken[each.id] = each
    return list(taken.values())


def _with_needs(
    mutation: Mutation, before: dict[str, list[Mutation]], taken: dict[str, Mutation], open_: set[str]
) -> Iterator[Mutation]:
    if mutation.id in taken or mutation.id in open_:
        return
    open_.add(mutation.id)
    for other in before[mutation.id]:
        yield from _with_needs(other, before, taken, open_)
    yield mutation

"""What an accepted order took of promotions, rebates, money and stock, and what it earned.

Budgets and uses are counted in ``promotion_spent``, scarce articles in ``scarce_stock``. Those rows
are locked, all in the same order, before an order under such a limit is judged, and the account's
row before anything of a customer's is, so two pushes never spend the same. ``reversals`` books back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Connection

from fieldcrm.errors import RuleBroken
from fieldcrm.faults import planted
from fieldcrm.model.base import SCALE
from fieldcrm.model.rebates import RebateMove
from fieldcrm.rules import credit, money
from fieldcrm.rules.pricing import accruals
from fieldcrm.rules.pricing.rebates import Program
from fieldcrm.rules.slices import OF_EVERYBODY, Limit, Named
from fieldcrm.services.pricing import Basis
from fieldcrm.sync.entities import Entity, registry
from server import postings, room, rows, slices
from server.batch import Batch, Held, Step
from server.database import quoted, run
from server.postings import Accepted
from server.rows import Stored

_FIRST_LOT = (
    "SELECT lot_id FROM rebate_entry WHERE order_id = ? AND program_code = ? AND move = 'earned' LIMIT 1"
)
lock = slices.lock


def spent_id(code: str) -> UUID:
    """Return the id of the row that counts a promotion's budget: the same wherever it is made."""
    return uuid5(NAMESPACE_OID, f"promotion_spent:{code}")


def stock_id(product_id: str) -> UUID:
    """Return the id of the row that counts a scarce article."""
    return uuid5(NAMESPACE_OID, f"scarce_stock:{product_id}")


# -- in a push ---------------------------------------------------------------------------------


def book(batch: Batch, step: Step, order: Held, known: Basis | None) -> None:
    """Add what an order that was just accepted in a push took and earned to its step."""
    taken = accepted(batch.connection, order.row, order.parts["lines"])
    costs = taken.costs()
    step.rows.extend(_entries(batch.connection, taken))
    put_counters(batch, step, costs)
    earned = _earned(batch.connection, taken, order.parts["lines"], known)
    step.rows.extend(held_row("rebate_entry", lot) for lot in earned)
    _take_goods(batch.connection, taken)
    slices.charge(batch, step, costs, order.row["rep_id"])


def put_counters(batch: Batch, step: Step, costs: Mapping[Named, Decimal], sign: int = 1) -> None:
    """Let the counters of what is everybody's go up in a step, or down again with ``sign`` -1."""
    for key, changes in _counters(costs).items():
        counted = _counted(batch, step, key)
        if counted is not None:
            for column, more in changes.items():
                counted.put(column, counted.row[column] + sign * more)
            counted.bump()
            step.rows[:] = [*(row for row in step.rows if row.key != counted.key), counted]


def _entries(connection: Connection, taken: Accepted) -> Iterator[Held]:
    yield from (held_row("promotion_use", use) for use in postings.uses(taken))
    lots = _lots(connection, taken)
    yield from (held_row("rebate_entry", entry) for entry in postings.rebates(taken, lots))
    yield from (held_row("money_entry", entry) for entry in postings.payments(taken))


def _counted(batch: Batch, step: Step, key: tuple[str, str]) -> Held | None:
    held = next((row for row in step.rows if row.key == key), None) or batch.held(*key)
    return held.copy() if held is not None else None


def entity(name: str) -> Entity:
    """Return a table by its name."""
    return registry()[name]


def held_row(name: str, row: Stored) -> Held:
    """Return a new row of a ledger, to be written with a step."""
    return Held(registry()[name], row, {}, new=True)


def _counters(costs: Mapping[Named, Decimal]) -> dict[tuple[str, str], dict[str, int]]:
    """Return by how much the counters of what is everybody's go up."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for (limit, key), cost in costs.items():
        if limit == Limit.STOCK:
            found["scarce_stock", str(stock_id(key))] = {"sold": postings.stored(cost)}
        elif limit in OF_EVERYBODY:
            row = found.setdefault(("promotion_spent", str(spent_id(key))), {})
            row |= {"amount": postings.stored(cost)} if limit == Limit.BUDGET else {"uses": int(cost)}
    return found


# -- at the office's desk ----------------------------------------------------------------------


def book_accepted(connection: Connection, order_id: UUID, at: datetime, role: str) -> None:
    """Book what an order took that the office accepts as it stands, within what there is.

    Raises ``limit_passed`` naming the limit; credit may be passed by whom its release is up to.
    """
    row, lines = _stored(connection, order_id)
    hold_account(connection, row["account_id"])
    found = slices.room_of_rep(connection, row["rep_id"], row["account_id"], at)
    taken = _paid(connection, accepted(connection, row, lines), found)
    costs = taken.costs()
    _check_room(connection, found, costs, role)
    for held in _entries(connection, taken):
        write(connection, held.entity.name, held.row)
    _take_goods(connection, taken)
    count(connection, costs)
    slices.charge_rep(connection, row["rep_id"], costs, at, row["account_id"])
    paid = json.dumps(money.told(taken.paid), separators=(",", ":"))
    run(connection, f"UPDATE {quoted('order')} SET paid_from = ? WHERE id = ?", paid, str(order_id))  # noqa: S608


def check_released(batch: Batch, order: Held) -> None:
    """Raise unless an order that somebody approves holds within what there is, or he may release it."""
    taken = accepted(batch.connection, order.row, order.parts["lines"])
    found = slices.of_batch(batch, order.row["rep_id"])
    _check_room(batch.connection, found, taken.costs(), str(batch.standing.principal.role))


def _check_room(
    connection: Connection, found: slices.Room, costs: Mapping[Named, Decimal], role: str
) -> None:
    """Raise ``limit_passed`` for a limit that does not hold what an order takes, but for credit released."""
    for (limit, key), cost in costs.items():
        left = found.allowed((limit, key))
        if left is None or cost <= left:
            continue
        if limit != Limit.CREDIT:
            raise RuleBroken("limit_passed", limit=str(limit), key=key, left=left, wanted=cost)
        if not credit.may_release(role, cost - left, manager_over(connection)):
            raise RuleBroken("release_not_yours", over=cost - left)


def manager_over(connection: Connection) -> Decimal | None:
    """Return by how much a manager may let an order pass a credit limit; None is any amount."""
    said = run(connection, "SELECT manager_over FROM money_policy WHERE archived_at IS NULL").scalar()
    return None if said is None else room.decimal(said)


def _paid(connection: Connection, taken: Accepted, found: slices.Room) -> Accepted:
    """Return an order with what its purses can pay now, where that is less than it says or unsaid."""
    left = {p: found.allowed((p, taken.account_id)) or Decimal() for p in money.ORDER_OF_USE}
    if taken.paid:
        return replace(taken, paid={p: min(amount, left[p]) for p, amount in taken.paid.items()})
    used = money.payment(max(taken.total, Decimal()), left, None, order_of_use(connection)).used
    return replace(taken, paid=used)


def order_of_use(connection: Connection) -> list[str]:
    """Return which purse is used first, as the organisation decided or as usual."""
    said = run(connection, "SELECT order_of_use FROM money_policy WHERE archived_at IS NULL").scalar()
    return json.loads(said) if said else list(money.ORDER_OF_USE)


def count(connection: Connection, costs: Mapping[Named, Decimal], sign: int = 1) -> None:
    """Let the counters of what is everybody's go up, or down again with ``sign`` -1."""
    for (table, key), changes in _counters(costs).items():
        setting = ", ".join(f"{column} = {column} + ?" for column in changes)
        more = [sign * value for value in changes.values()]
        run(
            connection, f"UPDATE {table} SET {setting}, version = version + 1 WHERE id = ?", *more, key  # noqa: S608
        )  # fmt: skip


def hold_account(connection: Connection, account_id: str) -> None:
    """Lock what guards a customer's limits and those of everybody, until the transaction ends."""
    lock = " FOR NO KEY UPDATE" if connection.dialect.name == "postgresql" else ""
    run(connection, f"SELECT id FROM account WHERE id = ?{lock}", account_id).all()  # noqa: S608
    slices.hold(connection)


def _take_goods(connection: Connection, taken: Accepted) -> None:
    for product, quantity in taken.goods.items():
        take_stock(connection, taken.id, f"{taken.edition} stock {product}", product, quantity)


def take_stock(connection: Connection, order_id: str, what: str, product_id: str, quantity: Decimal) -> None:
    """Note that an order took so much of a scarce article, in base units."""
    write(connection, "scarce_taken", {
        "id": postings.row_id(order_id, 0, what), "product_id": product_id, "order_id": order_id,
        "quantity": postings.stored(quantity),
    })  # fmt: skip


def write(connection: Connection, table: str, row: Stored) -> None:
    """Insert one row of a ledger; what is booked already stays as it is."""
    names = ", ".join(map(quoted, row))
    holes = ", ".join("?" * len(row))
    again = "" if planted("booked_twice") else " ON CONFLICT (id) DO NOTHING"
    run(connection, f"INSERT INTO {table} ({names}) VALUES ({holes}){again}", *row.values())  # noqa: S608


# -- reading an order --------------------------------------------------------------------------


def _stored(connection: Connection, order_id: UUID) -> tuple[Stored, list[Stored]]:
    entity = registry()["order"]
    row = rows.load(connection, entity, [str(order_id)])[str(order_id)]
    return row, rows.load_parts(connection, entity, [str(order_id)])[str(order_id)]["lines"]


def accepted(connection: Connection, row: Stored, lines: list[Stored]) -> Accepted:
    """Return a stored order as the ledgers see it."""
    total = room.decimal(row["total_amount"])
    paid = money.plan(json.loads(row["paid_from"]) if row["paid_from"] else None, total)
    return Accepted(
        row["id"], row["account_id"], row["territory_id"], row["rep_id"], row["ordered_on"],
        row["number"] or row["provisional_number"], json.loads(row["trace"] or "{}"), total, paid or {},
        scarce_goods(connection, lines), row["edition"],
    )  # fmt: skip


def scarce_goods(connection: Connection, lines: Iterable[Stored]) -> dict[str, Decimal]:
    """Return what lines take of scarce articles, in base units, gifts among it."""
    scarce = {product for _, product in room.stock(connection)}
    wanted = [line for line in lines if line["product_id"] in scarce]
    if not wanted:
        return {}
    factors = {
        (product, unit): room.decimal(factor)
        for product, unit, factor in run(
            connection, "SELECT product_id, unit, factor FROM product_unit WHERE product_id IN ?",
            sorted({line["product_id"] for line in wanted}),
        )
    }  # fmt: skip
    found: dict[str, Decimal] = {}
    for line in wanted:
        product, factor = line["product_id"], factors.get((line["product_id"], line["unit"]), Decimal(1))
        found[product] = found.get(product, Decimal()) + room.decimal(line["quantity"]) * factor
    return found


def _lots(connection: Connection, taken: Accepted) -> dict[str, Stored]:
    """Return what every entry of the lots says that an order took of."""
    lots = sorted(key for limit, key in taken.costs() if limit == Limit.REBATE)
    if not lots:
        return {}
    named = run(
        connection, "SELECT lot_id, program_code, kind, max(product_id) FROM rebate_entry "
        "WHERE lot_id IN ? GROUP BY lot_id, program_code, kind", lots,
    )  # fmt: skip
    return {
        lot: {"program_code": code, "kind": kind, "product_id": product}
        for lot, code, kind, product in named
        if lot and code
    }


def _earned(
    connection: Connection, taken: Accepted, lines: list[Stored], known: Basis | None
) -> Iterator[Stored]:
    """Yield what programs give at once for this order; those of a period are reckoned when it ends.

    An amended order earns into the lot that its first edition made.
    """
    on = date.fromisoformat(taken.ordered_on)
    for program in known.rulebook.programs.values() if known is not None else ():
        earned = _at_once(program, lines, known) if _speaks(program, known, on) else Decimal()
        if earned:
            what = f"earned {program.key}"
            lot = postings.moved(taken, what, "", program.key, RebateMove.EARNED, postings.stored(earned))
            lot |= {"kind": "goods", "product_id": program.product} if program.goods else {}
            kept = None if program.keep_days is None else (on + timedelta(program.keep_days)).isoformat()
            held = run(connection, _FIRST_LOT, taken.id, program.key).scalar()
            yield lot | {
                "lot_id": held or lot["id"], "valid_from": taken.ordered_on, "valid_to": kept,
            }  # fmt: skip


def _at_once(program: Program, lines: list[Stored], known: Basis | None) -> Decimal:
    """Return what the goods of an order that a program counts earn at once."""
    net, quantity = Decimal(), Decimal()
    for line in lines:
        product = known.rules.products.get(line["product_id"]) if known is not None else None
        if product is None or line["gift_by"] or (program.of and line["product_id"] not in program.of):
            continue
        net += Decimal(line["net_amount"]) / SCALE
        quantity += Decimal(line["quantity"]) / SCALE * product.factor(line["unit"])
    return accruals.at_once(program, net, quantity)


def _speaks(program: Program, known: Basis | None, on: date) -> bool:
    return known is not None and program.holds_on(on) and known.customer.is_among(program.whom)

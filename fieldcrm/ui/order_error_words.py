"""The sentences for what is wrong with orders, quotes and prices; ``error_words`` takes them in."""

from __future__ import annotations

from fieldcrm.ui.i18n import mark

CODES: dict[str, tuple[str, str]] = {
    "order_empty": (mark("The order has no lines."), mark("It stays a draft. Add at least one item.")),
    "quote_step": (mark("The quote has moved on."), mark("Nothing was changed. Look at its state again.")),
    "quote_needs_nobody": (mark("This quote needs nobody's consent."), mark("It can be sent as it is.")),
    "quote_unapproved": (
        mark("Somebody must agree to the discount first."),
        mark("The quote was not sent. Submit it for approval."),
    ),
    "quote_of_another": (
        mark("Only the author of a quote does this."),
        mark("Nothing was changed. Ask the author, or make the next round."),
    ),
    "quote_own": (
        mark("Nobody decides about a quote of their own."),
        mark("Nothing was changed. Your manager decides."),
    ),
    "quote_not_yours_to_decide": (
        mark("This discount is decided higher up."),
        mark("Nothing was changed. The quote goes on waiting."),
    ),
    "quote_prices_moved": (
        mark("The office comes to other prices for this quote."),
        mark("It stays as it is and cannot be sent. Make the next round with the prices of today."),
    ),
    "validity": (
        mark("A quote holds for between one day and a year."),
        mark("Choose another last day. What you typed is kept."),
    ),
    "too_many_fees": (
        mark("A quote has at most twenty fees."),
        mark("Put some together. What you typed is kept."),
    ),
    "bad_fee": (
        mark("A fee is an amount of money, not below zero."),
        mark("Mend or remove it. What you typed is kept."),
    ),
    "content_differs": (
        mark("The quote contradicts itself."),
        mark("The office did not take it. Make the next round."),
    ),
    "order_step": (mark("The order has moved on."), mark("Nothing was changed. Look at its state again.")),
    "order_in_fulfilment": (
        mark("The warehouse has begun with this order."),
        mark("Nothing was changed. What comes too much can be returned, more can be ordered anew."),
    ),
    "order_returned": (
        mark("Goods of this order came back already."),
        mark("Nothing was changed. Return the rest, or take a new order."),
    ),
    "order_amended_meanwhile": (
        mark("This order was changed somewhere else meanwhile."),
        mark("Your change was not made and is kept. Look at the order as it is now."),
    ),
    "return_taken": (
        mark("Another return has this number."),
        mark("Nothing was booked. Look at the order's returns, then book it anew."),
    ),
    "nothing_more_ordered": (
        mark("Nothing was to be added to this order."),
        mark("The order stays as it is. Let the change go, or return what is too much."),
    ),
    "order_own": (
        mark("Nobody agrees to an order of their own."),
        mark("Nothing was changed. Your manager decides."),
    ),
    "order_not_yours_to_approve": (
        mark("This discount is decided higher up."),
        mark("Nothing was changed. The order goes on waiting."),
    ),
    "order_not_approvable": (
        mark("Nobody can agree to this order as it is."),
        mark("Nothing was changed. Its author corrects it and sends it again."),
    ),
    "order_not_accepted": (
        mark("The office has not accepted this order."),
        mark("Nothing was changed. Look at its state again."),
    ),
    "returned_too_much": (
        mark("More would come back than the customer has."),
        mark("The return was not taken. Look at what was delivered and returned already."),
    ),
    "delivered_too_much": (mark("More would be delivered than was ordered."), mark("Nothing was changed.")),
    "delivery_reference_taken": (
        mark("Another delivery has this number already."),
        mark("Nothing was changed. Use the number of this delivery."),
    ),
    "rebate_spent": (
        mark("The rebate that this order earned is used already."),
        mark("The order stays as it is. Ask the office to settle it."),
    ),
    "unknown_line": (mark("This is no line of the order."), mark("Nothing was changed.")),
    "order_too_long": (
        mark("The order has too many lines."),
        mark("It stays a draft. Split it into two orders."),
    ),
    "price_not_found": (
        mark("There is no price for this item here."),
        mark("It was not added. Ask the office for a price, or choose another item."),
    ),
    "product_unknown": (
        mark("This item is not in the catalogue."),
        mark("It was not added. Sync to fetch the latest catalogue."),
    ),
    "product_withdrawn": (
        mark("This item is no longer sold."),
        mark("It was not added. Choose another item."),
    ),
    "unit_unknown": (
        mark("This item is not sold in that unit."),
        mark("Nothing was changed. Choose one of its units."),
    ),
    "not_sellable": (mark("This item may not be sold to this store."), mark("It was not added.")),
    "quantity_not_positive": (
        mark("A quantity must be more than zero."),
        mark("Type a number, or remove the line."),
    ),
    "quantity_too_fine": (mark("This quantity is too fine."), mark("Type at most four decimals.")),
    "quantity_too_large": (mark("This quantity is too large."), mark("Type a smaller number.")),
    "below_floor": (mark("The price is below the lowest allowed."), mark("Choose a higher one.")),
    "price_tie": (
        mark("Two price lists claim this item."),
        mark("It was not added. Ask the office which one holds."),
    ),
}

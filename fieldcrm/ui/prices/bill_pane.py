"""The fields of one row of a bill: the article, a group, or something in it and what goes with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from fieldcrm.errors import FieldCrmError
from fieldcrm.rules import bill_doc
from fieldcrm.rules.rule_columns import table
from fieldcrm.rules.rule_draft import Doc
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.prices.bill_tree import BillRow, Sort
from fieldcrm.ui.prices.choices import Offers
from fieldcrm.ui.prices.form import RuleFields
from fieldcrm.ui.prices.picking import PickField
from fieldcrm.ui.prices.reading import Desk
from fieldcrm.ui.widgets.fields import ChoiceField, Field, Tick
from fieldcrm.ui.widgets.frames import column
from fieldcrm.ui.widgets.labels import Paragraph, section_title

_HOST = ("host_id", "name", "price_mode", "base_price")
_GROUP = ("name", "required", "least", "most")
_CHOSEN = ("least", "most", "step", "delta")
_FIXED = ("least",)


class BillPane(QWidget):
    """What is typed goes into the bill as soon as it can be read; ``changed`` hears the whole bill."""

    def __init__(
        self,
        context: Context,
        desk: Desk,
        offers: Offers,
        doc: Doc,
        row: BillRow,
        changed: Callable[[Doc], object],
    ) -> None:
        super().__init__()
        self._context, self._desk, self._offers = context, desk, offers
        self.doc, self.row, self._changed = doc, row, changed
        self.fields: RuleFields | None = None
        self.against: PickField | None = None
        self.needs: PickField | None = None
        self._related: dict[str, Field] = {}
        self.setLayout(column(section_title(row.title), *self._pieces(), None, gap=16))

    def _pieces(self) -> Sequence[QWidget]:
        match self.row.sort:
            case Sort.HOST:
                return [self._rule("sales_bom", _HOST, self.doc, across=1)]
            case Sort.GROUP:
                group = bill_doc.groups(self.doc)[self.row.number]
                return [self._rule("sales_bom.groups", _GROUP, group)]
            case Sort.ITEM:
                return self._item()
            case Sort.INNER:
                return [Paragraph(tr("It comes with the bill of another article. Enter opens that one."), 13)]
            case _:
                return [Paragraph(tr("What stands here is in every one of them, chosen by nobody."), 13)]

    def _rule(self, name: str, paths: Sequence[str], doc: Doc, across: int = 2) -> QWidget:
        self.fields = RuleFields(self._context, table(name), paths, self._offers, doc, across=across)
        self.fields.edited.connect(self._read)
        return self.fields

    def _item(self) -> Sequence[QWidget]:
        node = self._node()
        named = [("", tr("Always in it")), *((g["name"], g["name"]) for g in bill_doc.groups(self.doc))]
        where = ChoiceField(named, node.get("group") or "")
        where.chosen.connect(self._move)
        hidden = Tick(
            tr("Hidden until something needs it"), on=bill_doc.is_hidden(self.doc, self.row.product)
        )
        hidden.toggled.connect(self._hide)
        paths = _CHOSEN if node.get("group") else _FIXED
        self.needs = self._picker(tr("Needs"), bill_doc.needs(self.doc, self.row.product))
        self.needs.edited.connect(self._need)
        self.against = self._picker(tr("Does not go with"), bill_doc.against(self.doc, self.row.product))
        self.against.edited.connect(self._exclude)
        needs, against = Field(tr("Needs"), self.needs), Field(tr("Does not go with"), self.against)
        self._related = {"need_unmet": needs, "dependency": needs, "excluded": against}
        return [
            Field(tr("Where"), where), self._rule("sales_bom.nodes", paths, node), needs, against, hidden,
        ]  # fmt: skip

    def _node(self) -> Doc:
        return next(n for n in bill_doc.nodes(self.doc) if str(n["product_id"]) == self.row.product)

    def _picker(self, title: str, ids: Sequence[str]) -> PickField:
        """Return a field that offers what else is in this bill."""
        code = self._offers.known.code
        codes = [code("products", each) for each in bill_doc.goods(self.doc) if each != self.row.product]
        here = [each for each in self._offers.of["product"] if each.code in codes]
        offers = Offers(self._offers.known, {"product": here}, self._offers.units)
        return PickField(
            self._context, offers, "product", title, "; ".join(code("products", each) for each in ids)
        )

    def show_fault(self, code: str, said: str) -> None:
        """Say at the field it is about why the bill cannot stay."""
        if (field := self._related.get(code)) is not None:
            field.show_error(said)

    # -- what is typed ----------------------------------------------------------------------------

    def _keep(self, doc: Doc) -> None:
        self.doc = doc
        self._changed(doc)

    def _read(self) -> None:
        if self.fields is None:
            return
        made: Doc = dict(self._shown())
        errors: list[FieldCrmError] = list(self.fields.read(made))
        if errors:
            return
        if self.row.sort is Sort.HOST:
            self._keep({**self.doc, **made})
        elif self.row.sort is Sort.GROUP:
            self._keep(bill_doc.changed_group(self.doc, self.row.number, made))
        else:
            if not made.get("group"):
                made |= {"most": made.get("least")}
            self._keep(bill_doc.changed_node(self.doc, self.row.product, made))

    def _shown(self) -> Doc:
        if self.row.sort is Sort.HOST:
            return self.doc
        return bill_doc.groups(self.doc)[self.row.number] if self.row.sort is Sort.GROUP else self._node()

    @property
    def is_readable(self) -> bool:
        """Whether everything that stands in the fields can be read."""
        return self.fields is None or not list(self.fields.read(dict(self._shown())))

    def _ids(self, field: PickField) -> list[str]:
        known = self._offers.known.products
        return [known[code] for code in field.chosen if code in known]

    def _need(self) -> None:
        if self.needs is not None:
            self._keep(bill_doc.with_needs(self.doc, self.row.product, self._ids(self.needs)))

    def _exclude(self) -> None:
        if self.against is not None:
            self._keep(bill_doc.with_against(self.doc, self.row.product, self._ids(self.against)))

    def _hide(self, on: bool) -> None:
        self._keep(bill_doc.with_hidden(self.doc, self.row.product, on=on))

    def _move(self, group: object) -> None:
        self._keep(
            bill_doc.changed_node(self.doc, self.row.product, {**self._node(), "group": group or None})
        )

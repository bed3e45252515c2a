"""The screens of visit templates: the list, the builder with something wrong, publishing, the export."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QApplication

from fieldcrm.rules.sop import FieldType
from fieldcrm.ui.sop.export_dialog import ExportDialog
from tests.screens.stage import Stage

TEMPLATES = (
    "收款", "货架品项", "缺货原因", "货架上的竞品", "照片", "签名", "价格与促销", "竞品记录", "库存盘点",
    "订单",     "货架照片", "竞品照片", "陈列检查", "why_out", "choice",
)  # fmt: skip


def walk(stage: Stage) -> None:
    """Build the next edition of the supermarkets' template."""
    page: Any = stage.open("sops")
    page.table.setFocus()
    stage.take("60-templates", data=TEMPLATES)
    place = next(n for n, line in enumerate(page.model.rows) if line.edition and line.edition.code == "KA")
    page.table.pick(place)
    page.edit()
    stage.settle()
    builder: Any = stage.page
    builder.outline.setFocus()
    stage.settle()  # the preview lays out its table once more
    stage.take("61-builder-template", data=TEMPLATES)
    builder.path = (3, 1)
    builder._show()
    builder._show_preview()
    stage.settle()
    builder.preview._on_answer("articles", {"x": {"out": True}})
    stage.take("62-builder-condition", data=TEMPLATES)
    builder.add_field(FieldType.CHOICE)
    builder._on_property(builder.path, {"choices": ["A"]}, None)
    builder._show_preview()
    stage.settle()
    builder.outline.setFocus()
    stage.take("63-builder-wrong", data=TEMPLATES)
    builder.undo()
    builder.undo()
    builder.publish()
    stage.settle()
    stage.take("64-builder-publish", data=TEMPLATES)
    stage._top().close_now()
    page = stage.open("sops")
    dialog = ExportDialog(stage.context, [("KA", "商超标准拜访")], "KA")
    dialog.open()
    stage.settle()
    QApplication.processEvents()
    stage.take("65-export-answers", data=(*TEMPLATES, "商超标准拜访"))
    stage._top().close_now()

"""What the sources, states, groups and acts of the dispatcher's feed are called, and the picture beside each source."""

from collections.abc import Mapping

from api.pages.words import Word, mark
from crm.dispatcher.model import Group, Status

SOURCES: Mapping[str, Word] = {
    "events": Word(mark("Events"), "calendar"),
    "calls": Word(mark("Calls"), "phone"),
    "tasks": Word(mark("Tasks"), "ok"),
    "projects": Word(mark("Projects"), "box"),
    "surveys": Word(mark("Surveys"), "talk"),
    "letters": Word(mark("Correspondence"), "note"),
    "mail": Word(mark("Mail"), "mail"),
    "mailings": Word(mark("Mailings"), "mail"),
    "business": Word(mark("Orders and invoices"), "truck"),
    "receipts": Word(mark("Receipts"), "receipt"),
    "cards": Word(mark("Cards"), "card"),
    "prices": Word(mark("Price lists"), "tally"),
    "signals": Word(mark("Signals"), "alert"),
    "parties": Word(mark("Parties"), "people"),
    "jobs": Word(mark("Jobs"), "clock"),
    "settings": Word(mark("Settings"), "gear"),
}
TOLD_ICON = "register"
"""The picture of what another program tells."""

STATUSES: Mapping[Status, Word] = {
    "open": Word(mark("Open"), "ring", "issued"),
    "late": Word(mark("Late"), "clock", "expired"),
    "done": Word(mark("Done"), "ok", "active"),
    "cancelled": Word(mark("Cancelled"), "no", "closed"),
}
GROUPS: Mapping[Group, str] = {
    "day": mark("By day"),
    "kind": mark("By kind"),
    "party": mark("By party"),
    "project": mark("By project"),
}
ACTS: Mapping[str, str] = {
    "dispatcher.pinned": mark("Pinned in the feed"),
    "dispatcher.unpinned": mark("Taken off the top of the feed"),
    "feed_source.put": mark("Source of the feed set"),
    "scheduling.crew_assigned": mark("Crew assigned"),
    "scheduling.stage_assigned": mark("Stage assigned"),
    "scheduling.planned_start": mark("Start of works planned"),
    "scheduling.planned_end": mark("End of works planned"),
    "finished_goods.goods_arrived": mark("Goods arrived"),
    "production.materials_reserved": mark("Materials reserved"),
    "production.launched": mark("Launched into production"),
    "warehouses.material_invoice_posted": mark("Material invoice posted"),
}
"""Acts of the feed itself, and the usual ones of other programs; another one is shown by its code."""

FIELDS: Mapping[str, str] = {"planned_at": mark("Planned for"), "actual_at": mark("Came")}

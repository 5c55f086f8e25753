"""What priorities, stages, tabs and parts of tasks are called, and the labels of their fields."""

from collections.abc import Mapping

from api.pages.words import Word, mark
from crm.tasks.cycles import Part, Stage
from crm.tasks.listing import Shown, Sort
from crm.tasks.model import Priority, Tab

PRIORITIES: Mapping[Priority, Word] = {
    1: Word(mark("Urgent"), "flag", "blocked"),
    2: Word(mark("Normal"), "ring"),
    3: Word(mark("Low"), "fall"),
    4: Word(mark("When there is time"), "down"),
}
STAGES: Mapping[Stage, Word] = {
    "new": Word(mark("New"), "ring", "issued"),
    "active": Word(mark("In work"), "play", "frozen"),
    "waiting": Word(mark("Waiting"), "clock", "expired"),
    "done": Word(mark("Done"), "ok", "active"),
    "dropped": Word(mark("Dropped"), "no", "closed"),
}
"""Stages, with the look of every state that is of one."""

SHOWN: Mapping[Shown, str] = {
    "open": mark("Open"),
    "new": mark("New"),
    "active": mark("In work"),
    "waiting": mark("Waiting"),
    "closed": mark("Closed"),
    "done": mark("Done"),
    "dropped": mark("Dropped"),
    "any": mark("Open and closed"),
}
TABS: Mapping[Tab, str] = {
    "all": mark("All"),
    "incoming": mark("Incoming"),
    "outgoing": mark("Outgoing"),
    "personal": mark("Personal"),
    "watched": mark("Watched"),
}
SORTS: Mapping[Sort, str] = {
    "priority": mark("Priority, then due time"),
    "due": mark("Due time"),
    "changed": mark("Newest change"),
}
PARTS: Mapping[Part, str] = {
    "author": mark("Author"),
    "executor": mark("Executor"),
    "co_executor": mark("Co-executor"),
    "watcher": mark("Watcher"),
}
FIELDS: Mapping[str, str] = {
    "kind": mark("Kind"),
    "title": mark("Title"),
    "content": mark("What is to be done"),
    "executor_id": mark("Executor"),
    "department": mark("Department"),
    "priority": mark("Priority"),
    "percent": mark("Percent done"),
    "starts_at": mark("Begins"),
    "due_at": mark("Due"),
    "planned_minutes": mark("Planned time"),
    "remind_minutes": mark("Remind before"),
    "party_id": mark("Party"),
    "person_id": mark("Contact person"),
    "project_id": mark("Project"),
    "phase_id": mark("Phase"),
    "source": mark("Source of the request"),
    "co_executors": mark("Co-executors"),
    "watchers": mark("Watchers"),
    "state": mark("State"),
    "version": mark("Version"),
}
ACTS: Mapping[str, str] = {
    "task.made": mark("Task made"),
    "task.changed": mark("Task changed"),
    "task.moved": mark("Task taken further"),
    "task.archived": mark("Task archived"),
    "task.restored": mark("Task taken out of the archive"),
    "task.commented": mark("Task commented"),
    "task.time_added": mark("Time on a task entered"),
    "task.time_removed": mark("Time on a task taken back"),
    "task.resource_added": mark("Resource of a task added"),
    "task.resource_changed": mark("Resource of a task changed"),
    "task.resource_removed": mark("Resource of a task removed"),
    "task.file_added": mark("File of a task added"),
    "task.file_removed": mark("File of a task removed"),
    "task.document_tied": mark("Document tied to a task"),
    "task.document_untied": mark("Document untied from a task"),
    "task.attributes_set": mark("Attributes of a task set"),
    "tasks.exported": mark("List of tasks taken along"),
    "task_kind.made": mark("Kind of tasks made"),
    "task_kind.changed": mark("Kind of tasks changed"),
}
"""Acts on tasks as the journal shows them."""

REMINDERS: Mapping[str, str] = {
    "": mark("Not"),
    "15": mark("15 minutes"),
    "60": mark("An hour"),
    "240": mark("4 hours"),
    "1440": mark("A day"),
    "2880": mark("2 days"),
    "10080": mark("A week"),
}
"""How long before it is due a task may be told of, by minutes."""

FAMILIES: Mapping[str, Word] = {
    "receipt": Word(mark("Receipt"), "receipt"),
    "document": Word(mark("Document"), "clip"),
    "business_document": Word(mark("Order or invoice"), "truck"),
}
FAMILY_PATHS: Mapping[str, str] = {
    "receipt": "/receipts/",
    "document": "/documents/",
    "business_document": "/business-documents/",
}
"""The page of a document by the word of its record."""

"""The routes of all pages of tasks."""

from functools import partial

from api.pages.queries import keep_fields
from api.pages.saved_views import Listing, saved_view_routes
from api.pages.task import archive_task, move_task, show_task, unarchive_task, watch_task
from api.pages.task_board import show_board
from api.pages.task_bulk import change_ticked_tasks, undo_task_change
from api.pages.task_export import export_tasks
from api.pages.task_filters import FIELDS
from api.pages.task_form import make_new_task, save_task, show_new_task, show_task_form
from api.pages.task_history import show_history
from api.pages.task_kinds import make_new_kind, save_kind, show_kind, show_kinds, show_new_kind
from api.pages.task_links import show_tie, tie
from api.pages.task_part_forms import (
    add_comment,
    add_file,
    add_resource,
    add_time,
    change_resource,
    download_file,
    remove_file,
    remove_time,
    tie_document,
    untie_document,
)
from api.pages.task_reports import show_requests, show_times
from api.pages.tasks import PATH, show_tasks, show_unseen
from api.pages.words import mark

TASKS = (
    show_tasks,
    show_unseen,
    change_ticked_tasks,
    undo_task_change,
    show_new_task,
    make_new_task,
    show_task,
    move_task,
    watch_task,
    archive_task,
    unarchive_task,
    show_task_form,
    save_task,
    show_history,
    add_comment,
    add_time,
    remove_time,
    add_resource,
    change_resource,
    add_file,
    download_file,
    remove_file,
    tie_document,
    untie_document,
    show_board,
    show_tie,
    tie,
    export_tasks,
    *saved_view_routes(Listing(PATH, "tasks.read", mark("Tasks"), partial(keep_fields, names=FIELDS))),
    show_times,
    show_requests,
    show_kinds,
    show_new_kind,
    make_new_kind,
    show_kind,
    save_kind,
)

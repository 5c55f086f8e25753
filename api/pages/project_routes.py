"""The routes of all pages of projects and of the workload."""

from api.pages.project import archive_project, close_project, reopen_project, show_project, unarchive_project
from api.pages.project_form import make_new_project, save_project, show_new_project, show_project_form
from api.pages.project_list import export_projects, show_projects
from api.pages.project_phases import add_phase, do_phase_act, move_task_to_phase, save_phase, show_phase
from api.pages.workload import export_workload, show_workload

PROJECTS = (
    show_projects,
    export_projects,
    show_new_project,
    make_new_project,
    show_project,
    show_project_form,
    save_project,
    close_project,
    reopen_project,
    archive_project,
    unarchive_project,
    add_phase,
    show_phase,
    save_phase,
    do_phase_act,
    move_task_to_phase,
    show_workload,
    export_workload,
)

"""The routes of all pages of letters."""

from api.pages.letter import add_letter_file, open_letter_file, remove_letter_file, show_letter
from api.pages.letter_form import make_new_letter, save_letter, show_letter_form, show_new_letter
from api.pages.letter_history import show_letter_history
from api.pages.letter_kinds import (
    make_letter_kind,
    move_letter_kind,
    save_letter_kind,
    show_letter_kind,
    show_letter_kinds,
    show_new_letter_kind,
)
from api.pages.letter_list import archive_ticked_letters, export_letters, restore_ticked_letters, show_letters

LETTERS = (
    show_letters,
    export_letters,
    archive_ticked_letters,
    restore_ticked_letters,
    show_new_letter,
    make_new_letter,
    show_letter,
    show_letter_form,
    save_letter,
    show_letter_history,
    add_letter_file,
    remove_letter_file,
    open_letter_file,
    show_letter_kinds,
    show_new_letter_kind,
    make_letter_kind,
    show_letter_kind,
    save_letter_kind,
    move_letter_kind,
)

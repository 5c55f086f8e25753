"""The routes of all pages of mailings and mailboxes."""

from api.pages.mailboxes import (
    archive_one,
    make_new_mailbox,
    save_mailbox,
    show_mailbox,
    show_mailboxes,
    show_new_mailbox,
    try_one,
)
from api.pages.mailing_gathering import (
    clear_addresses,
    copy_from_mailing,
    export_left_addresses,
    preview_or_take_addresses,
    show_addresses,
    take_addresses,
)
from api.pages.mailing_left_out import export_left_out, show_left_out
from api.pages.mailing_result import export_result, show_result
from api.pages.mailing_steps import save_step, show_step
from api.pages.mailing_templates import (
    archive_one_template,
    fill_from_template,
    make_new_template,
    save_template,
    show_new_template,
    show_template,
    show_template_preview,
    show_templates,
)
from api.pages.mailing_trying import attach_file, begin_mailing, detach_file, send_test_message, show_preview
from api.pages.mailings import (
    cancel_mailing,
    make_new_mailing,
    pause_mailing,
    resume_mailing,
    show_mailing,
    show_mailings,
    show_new_mailing,
)

MAILINGS = (
    show_mailings,
    show_new_mailing,
    make_new_mailing,
    show_mailing,
    take_addresses,
    show_addresses,
    preview_or_take_addresses,
    export_left_addresses,
    copy_from_mailing,
    clear_addresses,
    show_step,
    save_step,
    show_preview,
    show_left_out,
    export_left_out,
    show_result,
    export_result,
    attach_file,
    detach_file,
    send_test_message,
    begin_mailing,
    pause_mailing,
    resume_mailing,
    cancel_mailing,
    show_templates,
    show_new_template,
    make_new_template,
    show_template,
    save_template,
    show_template_preview,
    archive_one_template,
    fill_from_template,
    show_mailboxes,
    show_new_mailbox,
    make_new_mailbox,
    show_mailbox,
    save_mailbox,
    try_one,
    archive_one,
)

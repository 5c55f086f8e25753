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
from api.pages.mailing_steps import (
    attach_file,
    begin_mailing,
    detach_file,
    save_step,
    send_test_message,
    show_preview,
    show_step,
)
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
    show_step,
    save_step,
    show_preview,
    attach_file,
    detach_file,
    send_test_message,
    begin_mailing,
    pause_mailing,
    resume_mailing,
    cancel_mailing,
    show_mailboxes,
    show_new_mailbox,
    make_new_mailbox,
    show_mailbox,
    save_mailbox,
    try_one,
    archive_one,
)

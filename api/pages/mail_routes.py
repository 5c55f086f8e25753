"""The routes of all pages of mail."""

from api.pages.mail_draft import (
    attach_mail_file,
    detach_mail_file,
    offer_mail_addresses,
    show_draft,
    show_new_mail,
    throw_draft_away,
    write_mail,
)
from api.pages.mail_list import do_with_ticked_mail, show_mail, show_unread_mail
from api.pages.mail_message import (
    open_mail_file,
    open_mail_source,
    reply_to_message,
    show_html,
    show_message,
    tie_mail,
)

MAIL = (
    show_mail,
    show_unread_mail,
    do_with_ticked_mail,
    show_new_mail,
    show_draft,
    write_mail,
    throw_draft_away,
    attach_mail_file,
    detach_mail_file,
    offer_mail_addresses,
    show_message,
    show_html,
    open_mail_file,
    open_mail_source,
    reply_to_message,
    tie_mail,
)

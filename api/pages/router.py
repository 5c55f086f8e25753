"""Puts the pages together: their routes, what they need in the application's state, and their roles.

An application mounts `make_pages_router(assets)`, adds `pages_state(assets)` to its state, and answers errors outside
`/v1` with `api.pages.failures.answer_failure`. Pages also want `state.database`, `state.currency` and `state.settings`.
"""

from litestar import Router
from litestar.config.compression import CompressionConfig
from litestar.middleware import DefineMiddleware
from litestar.middleware.compression import CompressionMiddleware

from api.auth.guards import public
from api.auth.passwords import PasswordChecks
from api.pages.access import ACCESS
from api.pages.account import enter, enter_code, leave, set_theme, show_second_step, show_sign_in
from api.pages.account_settings import save_email, save_language, save_password, show_own_account
from api.pages.assets import Assets, static_files
from api.pages.attribute_values import (
    save_card_attributes,
    save_event_attributes,
    save_letter_attributes,
    save_party_attributes,
    show_card_attributes,
    show_event_attributes,
    show_letter_attributes,
    show_party_attributes,
)
from api.pages.attributes import (
    add_example_attributes,
    make_attribute,
    move_attribute,
    save_attribute,
    show_attribute,
    show_attributes,
    show_new_attribute,
)
from api.pages.audit import show_audit
from api.pages.bands import show_bands
from api.pages.business_documents import (
    download_business_document,
    print_business_document,
    remove_business_document,
    show_business_document,
    show_business_documents,
    step_business_document,
)
from api.pages.business_form import (
    change_business_document,
    make_business_document,
    show_business_form,
    show_new_business_document,
)
from api.pages.calendar_routes import CALENDAR
from api.pages.caller import add_to_party, log, make_party_of_caller, show_call
from api.pages.card import show_card, show_number
from api.pages.card_account import show_account
from api.pages.card_acts import do_act, show_act
from api.pages.card_giving import give_card, show_giving
from api.pages.card_settings import (
    save_card_settings,
    save_holder,
    show_card_settings,
    show_holder,
)
from api.pages.cards import search_cards, show_cards, show_search
from api.pages.consent_routes import CONSENTS
from api.pages.directories import (
    delete_entry,
    make_entry,
    move_entry,
    save_entry,
    show_directories,
    show_entry,
    show_new_entry,
)
from api.pages.dispatcher_routes import DISPATCHER
from api.pages.documents import show_document, show_documents
from api.pages.event_routes import EVENTS
from api.pages.find import find, find_for_palette, show_found
from api.pages.home import show_home
from api.pages.jobs import show_job, show_jobs, stop_job
from api.pages.language_choice import choose_language_of_browser
from api.pages.letter_routes import LETTERS
from api.pages.mail_routes import MAIL
from api.pages.mailing_routes import MAILINGS
from api.pages.mass_changes import preview_or_do, show_mass_change, undo_mass_change
from api.pages.merging import (
    dismiss_duplicate,
    merge,
    search_duplicates,
    show_duplicates,
    show_lookalikes,
    show_merge,
    show_merge_done,
    show_merges,
    undo,
)
from api.pages.notification_rules import (
    make_notification_rule,
    save_notification_rule,
    show_new_notification_rule,
    show_notification_rule,
    show_notification_rules,
)
from api.pages.notifications import mark_notice, open_notice, read_all, show_notifications, show_unread
from api.pages.own_page_link import OWN_LINK
from api.pages.party_changes import preview_or_do as change_parties_or_preview
from api.pages.party_changes import show_change, undo_change
from api.pages.party_details import (
    make_new_party,
    put_into_archive,
    save_groups,
    save_party,
    show_groups,
    show_new_party,
    show_party_form,
    take_out_of_archive,
)
from api.pages.party_export import export_parties
from api.pages.party_files import add_file, count_use, download_file, remove_file, show_files
from api.pages.party_import import export_rejected, preview_or_import, show_mapping, show_upload, take_upload
from api.pages.party_list import show_parties
from api.pages.party_parts import add_part, remove_part, save_part, show_part, show_parts
from api.pages.party_views import PARTY_VIEWS
from api.pages.person_list import show_persons
from api.pages.price_import import export_prices, preview_import, save_import, show_import
from api.pages.price_lists import (
    change_price_list,
    make_price_list,
    show_new_price_list,
    show_price_list_form,
    show_price_lists,
)
from api.pages.privacy import copy, erase, show_privacy
from api.pages.profile import show_profile, show_timeline
from api.pages.profile_entry import enter as enter_on_profile
from api.pages.profile_layouts import arrange_own, arrange_role, show_layouts
from api.pages.project_routes import PROJECTS
from api.pages.public_routes import PUBLIC
from api.pages.quotations import save_quotations, show_price_list
from api.pages.receipts import show_receipt, show_receipts, show_void, void
from api.pages.renderer import Renderer, want_session
from api.pages.report_routes import REPORTS
from api.pages.rule_jobs import export_rehearsal
from api.pages.rules import rehearse_rules, run_rules, save_series_rules, show_series_rules
from api.pages.second_factor import SECOND_FACTOR
from api.pages.segment_routes import SEGMENTS
from api.pages.series import (
    change_series,
    make_series,
    show_new_series,
    show_series,
    show_series_form,
    show_series_list,
)
from api.pages.series_making import make_series_cards
from api.pages.series_printing import print_series_cards
from api.pages.sessions import SESSIONS
from api.pages.settings_routes import SETTINGS
from api.pages.signals import dismiss, show_dismissal, show_signals
from api.pages.survey_routes import SURVEYS
from api.pages.task_routes import TASKS
from api.pages.tills_tokens import end_program_token, make_program_token, show_tokens
from api.pages.users import ask_for_password, do_user_act, give_password, show_user_act, show_users
from api.pages.users_form import make_user, save_user, show_new_user, show_user
from api.pages.vcards import export_vcard, export_vcards

HANDLERS = (
    show_home,
    *SETTINGS,
    leave,
    set_theme,
    show_own_account,
    save_email,
    save_language,
    save_password,
    *SECOND_FACTOR,
    *SESSIONS,
    *ACCESS,
    show_users,
    show_new_user,
    make_user,
    show_user,
    save_user,
    show_user_act,
    do_user_act,
    ask_for_password,
    give_password,
    show_tokens,
    make_program_token,
    end_program_token,
    show_audit,
    show_cards,
    search_cards,
    show_search,
    show_bands,
    show_parties,
    *PARTY_VIEWS,
    export_parties,
    show_persons,
    find,
    show_found,
    find_for_palette,
    show_call,
    log,
    make_party_of_caller,
    add_to_party,
    show_change,
    change_parties_or_preview,
    undo_change,
    show_new_party,
    make_new_party,
    show_party_form,
    save_party,
    put_into_archive,
    take_out_of_archive,
    show_groups,
    save_groups,
    show_parts,
    add_part,
    show_part,
    save_part,
    remove_part,
    show_files,
    add_file,
    download_file,
    remove_file,
    count_use,
    show_directories,
    show_new_entry,
    make_entry,
    show_entry,
    save_entry,
    move_entry,
    delete_entry,
    show_profile,
    show_timeline,
    enter_on_profile,
    arrange_own,
    show_layouts,
    arrange_role,
    show_card,
    show_number,
    show_mass_change,
    preview_or_do,
    undo_mass_change,
    show_act,
    do_act,
    show_card_settings,
    save_card_settings,
    show_holder,
    save_holder,
    show_account,
    show_giving,
    give_card,
    show_card_attributes,
    save_card_attributes,
    show_event_attributes,
    save_event_attributes,
    show_letter_attributes,
    save_letter_attributes,
    show_party_attributes,
    save_party_attributes,
    show_attributes,
    show_new_attribute,
    make_attribute,
    add_example_attributes,
    show_attribute,
    save_attribute,
    move_attribute,
    show_duplicates,
    search_duplicates,
    dismiss_duplicate,
    show_lookalikes,
    show_merge,
    merge,
    show_merges,
    show_merge_done,
    undo,
    show_notifications,
    show_unread,
    open_notice,
    read_all,
    mark_notice,
    show_notification_rules,
    show_new_notification_rule,
    make_notification_rule,
    show_notification_rule,
    save_notification_rule,
    show_upload,
    take_upload,
    show_mapping,
    preview_or_import,
    export_rejected,
    export_vcard,
    export_vcards,
    show_privacy,
    copy,
    erase,
    show_receipts,
    show_receipt,
    show_void,
    void,
    show_documents,
    show_document,
    show_business_documents,
    show_business_document,
    step_business_document,
    remove_business_document,
    print_business_document,
    download_business_document,
    show_new_business_document,
    make_business_document,
    show_business_form,
    change_business_document,
    show_signals,
    show_dismissal,
    dismiss,
    print_series_cards,
    show_series_rules,
    save_series_rules,
    rehearse_rules,
    run_rules,
    export_rehearsal,
    show_series_list,
    show_series,
    show_new_series,
    make_series,
    show_series_form,
    change_series,
    make_series_cards,
    show_jobs,
    show_job,
    stop_job,
    show_price_lists,
    show_new_price_list,
    make_price_list,
    show_price_list,
    save_quotations,
    show_price_list_form,
    change_price_list,
    show_import,
    preview_import,
    save_import,
    export_prices,
    *CALENDAR,
    *EVENTS,
    *DISPATCHER,
    *REPORTS,
    *SEGMENTS,
    *LETTERS,
    *MAIL,
    *MAILINGS,
    *CONSENTS,
    *OWN_LINK,
    *SURVEYS,
    *TASKS,
    *PROJECTS,
)


def make_pages_router(assets: Assets) -> Router:
    """Give the routes of all pages, for people who are signed in, and of the files they load, for everybody."""
    files = Router("/", route_handlers=[static_files(assets)], opt=public)
    doors = Router(
        "/", route_handlers=[show_sign_in, enter, show_second_step, enter_code, choose_language_of_browser], opt=public
    )
    customers = Router("/", route_handlers=list(PUBLIC))
    pages = Router("/", route_handlers=list(HANDLERS), before_request=want_session)
    compressed = DefineMiddleware(CompressionMiddleware, config=CompressionConfig(backend="gzip"))
    routers = [files, doors, customers, pages]
    return Router("/", route_handlers=routers, middleware=[compressed], include_in_schema=False)


def pages_state(assets: Assets) -> dict[str, object]:
    """Give what pages need in the application's state beside the database."""
    return {"renderer": Renderer(assets), "password_checks": PasswordChecks()}

"""The routes of all pages of consent: what parties agreed to, who gets nothing more, kinds of mailings, settings."""

from api.pages.mailing_kinds import (
    make_mailing_kind,
    move_mailing_kind,
    save_mailing_kind,
    show_mailing_kind,
    show_mailing_kinds,
    show_new_mailing_kind,
)
from api.pages.subscriptions import (
    save_subscription,
    save_subscription_settings,
    show_subscription_settings,
    show_subscriptions,
)
from api.pages.suppressions import change_suppression, show_suppressions

CONSENTS = (
    show_subscriptions,
    save_subscription,
    show_subscription_settings,
    save_subscription_settings,
    show_suppressions,
    change_suppression,
    show_mailing_kinds,
    show_new_mailing_kind,
    make_mailing_kind,
    show_mailing_kind,
    save_mailing_kind,
    move_mailing_kind,
)

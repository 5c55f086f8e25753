"""The routes of the overview of settings, of the shop itself, its first hour, its shops and tills, and the proof."""

from api.pages.first_steps import FIRST_STEPS
from api.pages.proof import prove_again, show_proof
from api.pages.settings_overview import show_service, show_settings
from api.pages.shop_settings import save_shop, show_shop
from api.pages.tills import (
    end_code,
    end_till_token,
    make_code,
    make_new_store,
    make_till_token,
    save_store,
    show_new_store,
    show_store,
    show_tills,
)

SETTINGS = (
    show_settings,
    show_service,
    *FIRST_STEPS,
    show_shop,
    save_shop,
    show_tills,
    show_store,
    save_store,
    show_new_store,
    make_new_store,
    make_code,
    end_code,
    make_till_token,
    end_till_token,
    show_proof,
    prove_again,
)

"""The shop's own data: what stands on its papers, and how it names itself."""

from collections.abc import Mapping

from litestar import Response, get, post
from msgspec import structs

from api.auth.rights import allows
from api.pages.edge import act_of, service_of
from api.pages.forms import REFUSED, Form, count, read_form
from api.pages.queries import choice
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.words import mark
from crm.shop.model import MOST, Shop
from crm.shop.service import change_shop, find_shop
from loyalty.errors import LoyaltyError

PATH = "/settings/shop"
LABELS: Mapping[str, str] = {
    "name": mark("Name"),
    "address": mark("Address"),
    "phone": mark("Phone"),
    "email": mark("E-mail"),
    "website": mark("Website"),
    "numbers": mark("Registration numbers"),
}
DONE = {"saved": mark("The data were saved.")}


@get(PATH, opt=dict(allows("settings.edit")))
async def show_shop(request: Call) -> Response[str]:
    """Show the form of the shop's own data."""
    shop, version = await database_of(request).run(find_shop)
    return _show(request, Form({**structs.asdict(shop), "version": str(version)}))


@post(PATH, opt=dict(allows("settings.edit")))
async def save_shop(request: Call) -> Response[str]:
    """Save the shop's own data, or show the form again with what is wrong."""
    form = await read_form(request)
    shop = Shop(**{name: form.raw(name).replace("\r\n", "\n") for name in MOST})
    seen = form.read("version", count, 0)
    try:
        await database_of(request).run(change_shop, shop, seen=seen, act=act_of(request))
    except LoyaltyError as error:
        form.refuse_by(error, LABELS, "name")
        return _show(request, form)
    return redirect(f"{PATH}?done=saved")


def _show(call: Call, form: Form) -> Response[str]:
    return page(
        call,
        "shop_settings.html",
        status=REFUSED if form.problems else 200,
        here=PATH,
        form=form,
        labels=LABELS,
        settings=service_of(call).settings,
        done=choice(call, "done", DONE.__getitem__),
    )

"""Use cases of series and price lists: what prices, versioned and checked before it acts."""

from datetime import date

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from loyalty.cards import repository
from loyalty.cards.catalogue.repository import (
    bump_catalogue,
    find_price_list,
    load_catalogue,
    lock_series,
    save_price_list,
    save_series,
)
from loyalty.cards.model import Catalogue, PriceListSettings, Series, SeriesSettings
from loyalty.cards.template_checks import is_continued, refuse_unusable
from loyalty.cards.terms import TermError, read_term
from loyalty.errors import PriceListUnknownError, SeriesKindFixedError, SettingRefusedError
from loyalty.numbering import Template


async def put_series(
    connection: AsyncConnection, code: str, settings: SeriesSettings, *, act: Act
) -> tuple[Series, bool]:
    """Make or replace a series; tells whether it is new. The same settings again change nothing.

    Raises SettingRefusedError, TemplateRefusedError, PriceListUnknownError, SeriesKindFixedError.
    """
    await bump_catalogue(connection)
    catalogue = await load_catalogue(connection)
    before = await lock_series(connection, code)
    if before is not None and before.settings == settings:
        return before, False
    _check(settings, catalogue)
    if settings.number_template is not None and (before is None or not _has_template(before, settings)):
        await refuse_unusable(connection, settings.number_template, code=code, catalogue=catalogue)
    if (
        before is not None
        and before.settings.kind != settings.kind
        and await repository.series_has_cards(connection, before.id)
    ):
        raise SeriesKindFixedError(f"series {code} has cards and stays of kind {before.settings.kind}", field="kind")
    made = await save_series(connection, code, settings, now=act.at)
    if before is not None and _makes_other_numbers(before.template, made.template):
        await repository.save_counter(connection, made.id, 0)
    if before is not None and before.settings.credit_limit != settings.credit_limit:
        await repository.set_inherited_limit(connection, made.id, settings.credit_limit)
    data = {
        "version": made.version,
        "old": None if before is None else msgspec.to_builtins(before.settings),
        "new": msgspec.to_builtins(settings),
    }
    await record_activity(connection, act=act, what="series.saved", record=f"series:{code}", data=data)
    return made, before is None


def _makes_other_numbers(before: Template | None, after: Template | None) -> bool:
    """Tell whether counting begins anew: with another head, width or check digit, not with another range."""
    if before is None or after is None:
        return before is not after
    return not is_continued(before, after)


def _has_template(before: Series, settings: SeriesSettings) -> bool:
    return before.settings.number_template == settings.number_template


def _check(settings: SeriesSettings, catalogue: Catalogue) -> None:
    for code in settings.price_lists:
        if code not in catalogue.price_lists:
            raise PriceListUnknownError(f"there is no price list {code}", field="price_lists")
    _check_dates(settings.valid_from, settings.valid_until)
    _check_term(settings.term, "term")
    if settings.points is not None:
        _check_term(settings.points.lifetime, "points.lifetime")


def _check_term(term: str | None, field: str) -> None:
    try:
        if term is not None:
            read_term(term)
    except TermError as error:
        raise SettingRefusedError(f"{field} {error}", field=field) from error


def _check_dates(valid_from: date | None, valid_until: date | None) -> None:
    if valid_from and valid_until and valid_until < valid_from:
        raise SettingRefusedError("valid_until lies before valid_from", field="valid_until")


async def put_price_list(connection: AsyncConnection, code: str, settings: PriceListSettings, *, act: Act) -> bool:
    """Make or replace a price list; tells whether it is new. The same settings again change nothing.

    Raises SettingRefusedError.
    """
    _check_dates(settings.window.valid_from, settings.window.valid_until)
    await bump_catalogue(connection)
    before = await find_price_list(connection, code)
    if before == settings:
        return False
    is_new, version = await save_price_list(connection, code, settings, now=act.at)
    data = {"version": version, "quotations": len(settings.quotations)}
    await record_activity(connection, act=act, what="price_list.saved", record=f"price_list:{code}", data=data)
    return is_new

"""What each filter asks of a party, as a condition of SQL on the table `party`.

Key idea: a condition that looks into another table is an `exists`, never a join, so that conditions are put together
freely and a party stands in a list once. `_CONDITIONS` and `CARD_CONDITIONS` have a function for every operator of
`FIELDS`. Segments are put together from the same conditions.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Exists,
    UnaryExpression,
    and_,
    exists,
    extract,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.sql.visitors import iterate

from crm.attributes.filters import attribute_condition
from crm.parties.tables import (
    contact_person,
    contact_person_responsibility,
    party,
    party_address,
    party_contact,
    party_group,
    party_relation,
)
from crm.views.model import Filter, View
from crm.views.operands import Value, operator_of, read_attribute_operands, read_operands
from crm.views.repository.asking import Asked, Condition, as_day, as_text, as_whole, is_among, negated
from crm.views.repository.card_conditions import CARD_CONDITIONS
from crm.views.repository.context import Context
from crm.views.repository.hours import is_within_hours
from crm.views.repository.mail_conditions import MAIL_CONDITIONS
from crm.views.trees import AllOf, AnyOf, Leaf, Not, Tree

_WORD = re.compile(r"\w+")
_HUNDRED: ColumnElement[int] = literal_column("100")  # as it stands in the index
_LEAP_DAY = 229


def conditions_of(view: View, context: Context) -> list[Condition]:
    """Give all that must hold of a party that a view means. Raises ViewError."""
    return [*base_of(view), *(condition_of(one, context) for one in view.filters)]


def base_of(view: View) -> list[Condition]:
    """Give what holds of whoever is in a list at all: a merged party is in none, an archived one if asked for."""
    merged = party.c.merged_into.is_(None)
    return [merged] if view.has("archived") else [merged, party.c.archived_at.is_(None)]


def condition_of(one: Filter, context: Context) -> Condition:
    """Give what one filter asks. Raises ViewError."""
    attribute = context.attributes.get(one.field)
    if attribute is not None:
        values = read_attribute_operands(one, attribute)
        return attribute_condition(attribute, one.operator, values, party.c.id)  # type: ignore[arg-type] # it was read
    operands = read_operands(one, operator_of(one), money=context.money)
    key = one.field, one.operator
    asked = _CONDITIONS.get(key) or CARD_CONDITIONS.get(key) or MAIL_CONDITIONS[key]
    return asked(one, operands, context)


def condition_of_tree(tree: Tree, context: Context, *, is_not: bool = False) -> Condition:
    """Give what a tree asks, or with `is_not` that everybody else is meant. Raises ViewError.

    A NOT goes down to the filters, for PostgreSQL joins by `not exists` and can do nothing with a NOT of an AND.
    """
    match tree:
        case Leaf():
            condition = condition_of(tree.filter, context)
            return _denied(condition) if is_not else condition
        case Not(of):
            return condition_of_tree(of, context, is_not=not is_not)
        case AllOf(of) | AnyOf(of):
            parts = [condition_of_tree(one, context, is_not=is_not) for one in of]
            return _any_of(parts) if isinstance(tree, AnyOf) != is_not else and_(true(), *parts)


def _denied(condition: Condition) -> Condition:
    """Ask for everybody else: an `exists` is never null, of anything else what is not known is not so."""
    return not_(condition) if _looks_elsewhere(condition) else condition.is_not(true())


def _any_of(parts: list[Condition]) -> Condition:
    """Put alternatives together: those that look into other tables as a union, for PostgreSQL joins no OR."""
    if len(parts) == 1:
        return parts[0]
    plain = [one for one in parts if not _holds_exists(one)]
    if len(plain) == len(parts):
        return or_(false(), *parts)
    branches = [*([or_(*plain)] if plain else []), *(one for one in parts if _holds_exists(one))]
    return is_among(union_all(*(select(party.c.id).where(one) for one in branches)))


def _looks_elsewhere(condition: Condition) -> bool:
    """Tell whether a condition is an `exists` or the NOT of one."""
    inner: ClauseElement = condition
    if isinstance(inner, UnaryExpression) and inner.operator is operators.inv:
        inner = inner.element
    return isinstance(inner.element if isinstance(inner, Grouping) else inner, Exists)


def _holds_exists(condition: Condition) -> bool:
    return any(isinstance(one, Exists) for one in iterate(condition))


def birthday() -> ColumnElement[int]:
    """Give the month and day of birth as one number, 1231 for 31 December; there is an index on it."""
    return extract("month", party.c.birth_date) * _HUNDRED + extract("day", party.c.birth_date)


def _name_has(_: Filter, operands: tuple[Value, ...], __: Context) -> Condition:
    return and_(*(party.c.name.icontains(word, autoescape=True) for word in as_text(operands[0]).split()))


def _name_begins(_: Filter, operands: tuple[Value, ...], __: Context) -> Condition:
    return party.c.name.istartswith(as_text(operands[0]), autoescape=True)


def _has_words(_: Filter, operands: tuple[Value, ...], __: Context) -> Condition:
    words = " & ".join(f"{word}:*" for word in _WORD.findall(as_text(operands[0])))
    return party.c.search.op("@@")(func.to_tsquery("simple", words))


def _is_kind(_: Filter, operands: tuple[Value, ...], __: Context) -> Condition:
    return party.c.kind == as_text(operands[0])


def _has_status(one: Filter, _: tuple[Value, ...], context: Context) -> Condition:
    return party.c.legal_status_id.in_(context.entry_ids(one, "legal_status"))


def _has_other_status(one: Filter, _: tuple[Value, ...], context: Context) -> Condition:
    """Ask for one of the others, which an index answers where few have one."""
    meant = context.entry_ids(one, "legal_status")
    others = (entry_id for (directory, _), entry_id in context.entries.items() if directory == "legal_status")
    return party.c.legal_status_id.in_([entry_id for entry_id in others if entry_id not in meant])


def _is_related_now(one: Filter, _: tuple[Value, ...], context: Context) -> Condition:
    since, until = party_relation.c.since, party_relation.c.until
    has_begun = or_(since.is_(None), since <= context.today)
    return _is_related(one, context, has_begun, or_(until.is_(None), until >= context.today))


def _was_related(one: Filter, _: tuple[Value, ...], context: Context) -> Condition:
    return _is_related(one, context)


def _is_related(one: Filter, context: Context, *conditions: Condition) -> Condition:
    kinds = party_relation.c.relation_id.in_(context.entry_ids(one, "relation"))
    return is_among(select(party_relation.c.party_id).where(kinds, *conditions))


def _is_in_group(one: Filter, _: tuple[Value, ...], context: Context) -> Condition:
    groups = party_group.c.group_id.in_(context.entry_ids(one, "group"))
    return is_among(select(party_group.c.party_id).where(groups))


def _in_city(_: Filter, operands: tuple[Value, ...], __: Context) -> Condition:
    return _has_address(func.lower(party_address.c.city) == _lower(operands[0]))


def _in_city_that_begins(_: Filter, operands: tuple[Value, ...], __: Context) -> Condition:
    return _has_address(_begins(party_address.c.city, operands[0]))


def _without_city(_: Filter, __: tuple[Value, ...], ___: Context) -> Condition:
    return not_(_has_address(party_address.c.city.is_not(None)))


def _has_postal_code(_: Filter, operands: tuple[Value, ...], __: Context) -> Condition:
    return _has_address(func.lower(party_address.c.postal_code) == _lower(operands[0]))


def _has_postal_code_that_begins(_: Filter, operands: tuple[Value, ...], __: Context) -> Condition:
    return _has_address(_begins(party_address.c.postal_code, operands[0]))


def _in_country(one: Filter, _: tuple[Value, ...], __: Context) -> Condition:
    return _has_address(party_address.c.country.in_(one.operands))


def _has_address(condition: Condition) -> Condition:
    return is_among(select(party_address.c.party_id).where(condition))


def _lower(operand: Value) -> ColumnElement[str]:
    """Leave it to PostgreSQL, whose small letters are not always those of Python: a Greek word ends otherwise."""
    return func.lower(literal(as_text(operand)))


def _begins(text: ColumnElement[str], operand: Value) -> Condition:
    """Compare by `starts_with`, which an index of `text_pattern_ops` answers; LIKE would need its wildcards escaped."""
    return func.lower(text).bool_op("^@")(_lower(operand))


def _has_contact(kind: str) -> Asked:
    def asked(_: Filter, __: tuple[Value, ...], ___: Context) -> Condition:
        return exists().where(party_contact.c.party_id == party.c.id, party_contact.c.kind == kind)

    return asked


def _born_in_month(_: Filter, operands: tuple[Value, ...], __: Context) -> Condition:
    month = as_whole(operands[0])
    return birthday().between(month * 100, month * 100 + 99)


def _born_on(_: Filter, operands: tuple[Value, ...], __: Context) -> Condition:
    return birthday() == as_whole(operands[0])


def _birthday_soon(_: Filter, operands: tuple[Value, ...], context: Context) -> Condition:
    days = (context.today + timedelta(days=number) for number in range(as_whole(operands[0]) + 1))
    return birthday().in_(sorted({number for day in days for number in _celebrated_on(day)}))


def _celebrated_on(day: date) -> list[int]:
    """Whose birthdays a day is: in a year without 29 February, theirs is the day before 1 March."""
    number = day.month * 100 + day.day
    is_last_of_february = day.month == 2 and (day + timedelta(days=1)).month == 3  # noqa: PLR2004 # of the calendar
    return [number, _LEAP_DAY] if is_last_of_february and number != _LEAP_DAY else [number]


def _since(column: ColumnElement[object]) -> Asked:
    return lambda _, operands, context: column >= literal(context.midnight(as_day(operands[0])))


def _before(column: ColumnElement[object]) -> Asked:
    return lambda _, operands, context: column < literal(context.midnight(as_day(operands[0])))


def _in_last_days(column: ColumnElement[object]) -> Asked:
    def asked(_: Filter, operands: tuple[Value, ...], context: Context) -> Condition:
        first = context.today - timedelta(days=as_whole(operands[0]))
        return column >= literal(context.midnight(first))

    return asked


def _only_archived(_: Filter, __: tuple[Value, ...], ___: Context) -> Condition:
    return party.c.archived_at.is_not(None)


def _archived_too(_: Filter, __: tuple[Value, ...], ___: Context) -> Condition:
    return literal(value=True)


def _answers_for(one: Filter, _: tuple[Value, ...], context: Context) -> Condition:
    chosen = contact_person_responsibility
    link = chosen.c.contact_person_id == contact_person.c.id
    wanted = chosen.c.responsibility_id.in_(context.entry_ids(one, "responsibility"))
    return is_among(select(contact_person.c.person_id).join(chosen, link).where(wanted))


def _is_contact_of(_: Filter, operands: tuple[Value, ...], __: Context) -> Condition:
    return is_among(select(contact_person.c.person_id).where(contact_person.c.party_id == as_whole(operands[0])))


def _is_reachable(_: Filter, __: tuple[Value, ...], context: Context) -> Condition:
    return is_among(select(contact_person.c.person_id).where(is_within_hours(context)))


def _is_in_segment(one: Filter, operands: tuple[Value, ...], context: Context) -> Condition:
    return condition_of_tree(_segments(one, operands, context), context)


def _is_in_no_segment(one: Filter, operands: tuple[Value, ...], context: Context) -> Condition:
    return condition_of_tree(_segments(one, operands, context), context, is_not=True)


def _segments(one: Filter, operands: tuple[Value, ...], context: Context) -> Tree:
    return AnyOf(tuple(context.tree_of(one, as_whole(segment_id)) for segment_id in operands))


_CONDITIONS: Mapping[tuple[str, str], Asked] = {
    ("name", "has"): _name_has,
    ("name", "begins"): _name_begins,
    ("words", "has"): _has_words,
    ("kind", "is"): _is_kind,
    ("legal_status", "any_of"): _has_status,
    ("legal_status", "none_of"): _has_other_status,
    ("relation", "current"): _is_related_now,
    ("relation", "ever"): _was_related,
    ("relation", "never"): negated(_was_related),
    ("group", "any_of"): _is_in_group,
    ("group", "none_of"): negated(_is_in_group),
    ("city", "is"): _in_city,
    ("city", "begins"): _in_city_that_begins,
    ("city", "missing"): _without_city,
    ("postal_code", "is"): _has_postal_code,
    ("postal_code", "begins"): _has_postal_code_that_begins,
    ("country", "any_of"): _in_country,
    ("phone", "given"): _has_contact("phone"),
    ("phone", "missing"): negated(_has_contact("phone")),
    ("email", "given"): _has_contact("email"),
    ("email", "missing"): negated(_has_contact("email")),
    ("birthday", "month"): _born_in_month,
    ("birthday", "on"): _born_on,
    ("birthday", "next_days"): _birthday_soon,
    ("created", "since"): _since(party.c.created_at),
    ("created", "before"): _before(party.c.created_at),
    ("created", "last_days"): _in_last_days(party.c.created_at),
    ("changed", "since"): _since(party.c.changed_at),
    ("changed", "before"): _before(party.c.changed_at),
    ("changed", "last_days"): _in_last_days(party.c.changed_at),
    ("archived", "only"): _only_archived,
    ("archived", "too"): _archived_too,
    ("answers_for", "any_of"): _answers_for,
    ("contact_of", "party"): _is_contact_of,
    ("reachable", "now"): _is_reachable,
    ("segment", "any_of"): _is_in_segment,
    ("segment", "none_of"): _is_in_no_segment,
}

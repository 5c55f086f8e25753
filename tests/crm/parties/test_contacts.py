"""Ways of contact: what each is found under, how it is shown, and which stands first."""

import pytest

from crm.parties.contacts import KeptContact, href_of, make_contact, order_contacts
from crm.parties.model import Contact, ContactKind
from crm.parties.phones import show_phone


@pytest.mark.parametrize(
    ("kind", "typed", "region", "canonical", "href"),
    [
        ("phone", "8 (900) 000-01-42", "RU", "79000000142", "tel:+79000000142"),
        ("phone", "+7 900 000 01 42", None, "79000000142", "tel:+79000000142"),
        ("fax", "044 123 45 67", "UA", "380441234567", "tel:+380441234567"),
        ("email", "Elin.Marsh@Shop.Example", None, "elin.marsh@shop.example", "mailto:Elin.Marsh@Shop.Example"),
        ("email", "кафе@кофе.example", None, "кафе@кофе.example", "mailto:кафе@кофе.example"),
        ("messenger", "@Elin", None, "elin", None),
        ("website", "HTTP://Shop.Example:8080/a/?b=1", None, "shop.example:8080/a?b=1",
         "https://shop.example:8080/a?b=1"),
    ],
)  # fmt: skip
def test_way_of_contact_is_kept_as_typed_and_found_by_one_spelling(
    kind: ContactKind, typed: str, region: str | None, canonical: str, href: str | None
) -> None:
    contact = make_contact(kind, typed, region=region)
    assert (contact.value, contact.canonical, href_of(contact)) == (typed, canonical, href)


@pytest.mark.parametrize(
    ("region", "shown"),
    [("BG", "052 123 456"), ("UA", "+359 52 123 456"), (None, "+359 52 123 456")],
)
def test_phone_is_shown_as_it_is_dialled_there(region: str | None, shown: str) -> None:
    assert show_phone("35952123456", region) == shown


def test_phone_that_is_none_is_shown_as_it_was_given() -> None:
    contact = Contact(kind="phone", value="ext. 12", canonical="12")
    assert (show_phone("12", "BG"), KeptContact(1, contact, 0, None, 1).shown("BG")) == (None, "ext. 12")


def test_pinned_comes_before_used_and_used_before_put() -> None:
    plain, pinned = (Contact(kind="messenger", value="a", canonical="a", is_pinned=pin) for pin in (False, True))
    kept = [
        KeptContact(1, plain, 0, None, 1),
        KeptContact(2, plain, 3, None, 2),
        KeptContact(3, pinned, 0, None, 3),
        KeptContact(4, plain, 0, None, 4),
        KeptContact(5, pinned, 1, None, 5),
    ]
    assert [one.id for one in order_contacts(kept)] == [5, 3, 2, 1, 4]

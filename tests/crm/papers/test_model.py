"""Papers as people name them."""

import pytest

from crm.papers.model import read_record

UID = "0198c0de-0000-7000-8000-000000000007"


@pytest.mark.parametrize(
    ("typed", "record"),
    [
        (f"receipt:{UID}", f"receipt:{UID}"),
        (f"https://shop.example/receipts/{UID.upper()}", f"receipt:{UID}"),
        (f"/documents/{UID}/", f"document:{UID}"),
        ("business_document:5", "business_document:5"),
        (" https://shop.example/business-documents/0005 ", "business_document:5"),
        ("INV-2026-000001", None),
        ("receipt:5", None),
        ("business_document:0", None),
        (f"/cards/{UID}", None),
        ("", None),
    ],
)
def test_document_is_known_by_its_record_or_the_address_of_its_page(typed: str, record: str | None) -> None:
    assert read_record(typed) == record

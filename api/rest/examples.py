"""Example bodies of the API in its OpenAPI document: one that serves for each route, by method and path.

They are put in as the document is given; a test decodes each by its route's own struct.
"""

from collections.abc import Mapping
from typing import Any  # an OpenAPI document is free JSON

from litestar import Request
from litestar.openapi.plugins import JsonRenderPlugin

Example = Mapping[str, object]

_PARTY: Example = {"name": "Anna Marsh", "legal_status": "natural_person", "birth_date": "1990-04-17"}
_ADDRESS: Example = {
    "line": "4 Rose St",
    "city": "Varna",
    "postal_code": "9000",
    "country": "BG",
    "uses": ["tax", "warehouse"],
    "main_for": ["warehouse"],
}
_CONTACT: Example = {"kind": "phone", "value": "0888 123 456", "label": "orders"}
_ACCOUNT: Example = {"bank": "BNB", "account": "BG80 BNBG 9661 1020 3456 78", "currency": "EUR", "bic": "BNBGBGSD"}
_REGISTRATION: Example = {"kind": "eik", "number": "175074752", "issued_on": "2019-04-01", "issuer": "Registry"}
_RELATION: Example = {"relation": "supplier", "other_party_id": 17, "since": "2024-01-01"}
_DUTIES: Example = {
    "post": "Buyer",
    "responsibilities": ["purchasing"],
    "timezone": "Europe/Sofia",
    "hours": [{"days": [1, 2, 3, 4, 5], "since": "09:00:00", "until": "18:00:00"}],
}
_NOTE: Example = {"text": "Unload in the yard, not before 9:00."}
_TASK: Example = {
    "kind": "task",
    "title": "Ask for the price of rye",
    "executor_id": 3,
    "due_at": "2026-11-24T10:00:00+02:00",
    "priority": 1,
    "party_id": 17,
    "watchers": [4],
}
_CYCLE: Example = {
    "names": {"en": "Quotation"},
    "states": [
        {"state": "asked", "names": {"en": "Asked"}, "stage": "new"},
        {"state": "sent", "names": {"en": "Sent"}, "stage": "done"},
    ],
    "transitions": [{"from": "asked", "to": "sent", "roles": ["sales"], "parts": ["executor"]}],
}
_PROJECT: Example = {"name": "Kitchen", "kind": "customer_project", "party_id": 17, "due_on": "2027-03-01"}
_PHASE: Example = {"name": "Build", "starts_on": "2026-12-01", "due_on": "2027-02-01"}
_QUESTIONS = [
    {"text": "How satisfied are you with our goods?", "kind": "score", "most": 5},
    {"text": "How did you hear of us?", "kind": "choice", "choices": ["Internet", "Passing by"]},
]
_RESOURCE: Example = {"name": "Flour", "unit": "kg", "planned": "10", "actual": "12.5"}
_CHOICES = [{"code": "small", "names": {"en": "Small"}}, {"code": "large", "names": {"en": "Large"}}]
_MAIL: Example = {
    "mailbox_id": 1,
    "to": ["Anna Marsh <anna@example.com>"],
    "subject": "Your order",
    "text": "It is ready to be picked up.",
}
_MANY: Example = {"record_ids": [17, 18], "attribute": "vip", "value": True}
_VALUES: Example = {"values": {"vip": True, "size": "large"}, "seen": {"vip": None, "size": None}}
_ORDER: Example = {
    "date": "2026-11-22",
    "lines": [{"name": "Lemons", "sku": "1001", "quantity": "2.5", "price": "12.90"}],
    "note": "Before noon",
}
_SEEN: Example = {"version": 3}
_LETTER: Example = {
    "flow": "incoming",
    "kind": "claims",
    "topic": "Flour of the wrong grade",
    "document_number": "17/B",
    "document_date": "2026-11-20",
    "priority": 3,
    "party_id": 17,
    "person_id": 18,
    "department": "purchasing",
    "notified": [3, 4],
}
_MAILBOX: Example = {
    "name": "Offers",
    "address": "offers@shop.example",
    "smtp_host": "mail.shop.example",
    "smtp_login": "offers",
    "smtp_secret": "a long password",
    "messages_per_minute": 180,
}
_MAILING: Example = {
    "name": "Coffee week",
    "kind_id": 2,
    "mailbox_id": 1,
    "audience": {"groups": [4], "parties": [17]},
    "control_percent": 5,
    "variants": [{"subject": "{{ first_name }}, beans at 15.90", "html": "<p>{{ salutation }}, beans at 15.90.</p>"}],
}

EXAMPLES: Mapping[tuple[str, str], Example] = {
    ("post", "/v1/parties"): _PARTY,
    ("patch", "/v1/parties/{party_id}"): {"name": "Anna Hale", **_SEEN},
    ("post", "/v1/parties/{party_id}/addresses"): _ADDRESS,
    ("put", "/v1/parties/{party_id}/addresses/{part_id}"): {**_ADDRESS, **_SEEN},
    ("post", "/v1/parties/{party_id}/contacts"): _CONTACT,
    ("put", "/v1/parties/{party_id}/contacts/{part_id}"): {**_CONTACT, "pinned": True, **_SEEN},
    ("post", "/v1/parties/{party_id}/accounts"): _ACCOUNT,
    ("put", "/v1/parties/{party_id}/accounts/{part_id}"): {**_ACCOUNT, "main": True, **_SEEN},
    ("post", "/v1/parties/{party_id}/registrations"): _REGISTRATION,
    ("put", "/v1/parties/{party_id}/registrations/{part_id}"): {**_REGISTRATION, **_SEEN},
    ("post", "/v1/parties/{party_id}/relations"): _RELATION,
    ("put", "/v1/parties/{party_id}/relations/{part_id}"): {**_RELATION, "until": "2026-12-31", **_SEEN},
    ("put", "/v1/parties/{party_id}/groups"): {"groups": ["vip", "bakery"], **_SEEN},
    ("post", "/v1/parties/{party_id}/persons"): {"name": "Darya Venets", **_DUTIES},
    ("put", "/v1/parties/{party_id}/persons/{part_id}"): {**_DUTIES, **_SEEN},
    ("post", "/v1/parties/{party_id}/notes"): _NOTE,
    ("put", "/v1/parties/{party_id}/notes/{part_id}"): {**_NOTE, **_SEEN},
    ("patch", "/v1/parties/{party_id}/attributes"): _VALUES,
    ("patch", "/v1/cards/{card_id}/attributes"): _VALUES,
    ("patch", "/v1/tasks/{task_id}/attributes"): _VALUES,
    ("patch", "/v1/events/{event_id}/attributes"): _VALUES,
    ("post", "/v1/parties/attributes"): _MANY,
    ("post", "/v1/cards/attributes"): _MANY,
    ("post", "/v1/attributes"): {
        "directory": "party",
        "kind": "choice",
        "code": "size",
        "names": {"en": "Size", "bg": "Размер"},
        "choices": _CHOICES,
    },
    ("put", "/v1/attributes/{attribute_id}"): {"names": {"en": "Size"}, "position": 3, "choices": _CHOICES, **_SEEN},
    ("post", "/v1/directories/{directory}"): {"code": "bakery", "names": {"en": "Bakeries", "bg": "Пекарни"}},
    ("put", "/v1/directories/{directory}"): {"codes": ["customer", "supplier", "partner"]},
    ("put", "/v1/directories/{directory}/{code}"): {"names": {"en": "Bakeries"}, **_SEEN},
    ("post", "/v1/business-documents"): {"kind": "order", "party_id": 17, **_ORDER},
    ("put", "/v1/business-documents/{document_id}"): {**_ORDER, "number": "O-7", **_SEEN},
    ("post", "/v1/business-documents/{document_id}/status"): {"status": "confirmed", **_SEEN},
    ("post", "/v1/duplicates/search"): {"whole": False},
    ("post", "/v1/duplicates/dismiss"): {"first": 1, "second": 2, "dismissed": True},
    ("post", "/v1/parties/{party_id}/merge"): {
        "merged": 17,
        "take": ["name"],
        "take_attributes": ["size"],
        "version": 3,
        "merged_version": 1,
    },
    ("post", "/v1/merges/{merge_id}/undo"): {"partial": False},
    ("post", "/v1/parties/{party_id}/erase"): {"name": "Anna Marsh"},
    ("post", "/v1/search"): {"text": "+359 888 123 456"},
    ("post", "/v1/tasks"): _TASK,
    ("put", "/v1/tasks/{task_id}"): {**_TASK, **_SEEN},
    ("post", "/v1/tasks/{task_id}/state"): {"state": "in_work", "comment": "begun at once"},
    ("post", "/v1/tasks/{task_id}/comments"): {"text": "Ask @nora first."},
    ("post", "/v1/tasks/{task_id}/times"): {"on_date": "2026-11-20", "minutes": 90, "note": "on the phone"},
    ("post", "/v1/tasks/{task_id}/resources"): _RESOURCE,
    ("put", "/v1/tasks/{task_id}/resources/{part_id}"): _RESOURCE,
    ("post", "/v1/tasks/{task_id}/documents"): {"record": "business_document:5"},
    ("post", "/v1/task-kinds"): {"kind": "quotation", **_CYCLE},
    ("put", "/v1/task-kinds/{kind}"): {**_CYCLE, **_SEEN},
    ("post", "/v1/mail"): _MAIL,
    ("put", "/v1/mail/{mail_id}"): {**_MAIL, **_SEEN},
    ("post", "/v1/mail/{mail_id}/send"): _SEEN,
    ("post", "/v1/mail/{mail_id}/reply"): {"to_all": True},
    ("put", "/v1/mail/{mail_id}/party"): {"party_id": 17},
    ("post", "/v1/mail/read"): {"messages": [17, 18], "is_read": True},
    ("post", "/v1/mail/archive"): {"messages": [17], "is_archived": True},
    ("post", "/v1/mailboxes"): _MAILBOX,
    ("put", "/v1/mailboxes/{mailbox_id}"): {**_MAILBOX, **_SEEN},
    ("put", "/v1/mailboxes/{mailbox_id}/archived"): {"is_archived": True, **_SEEN},
    ("put", "/v1/parties/{party_id}/subscriptions/{kind_id}"): {"state": "subscribed", "wording": "I want offers."},
    ("post", "/v1/parties/{party_id}/subscriptions/ask"): {"kind_ids": [1, 2]},
    ("post", "/v1/suppressions"): {"address": "anna@shop.example", "reason": "complaint"},
    ("post", "/v1/suppressions/lookup"): {"address": "anna@shop.example"},
    ("post", "/v1/suppressions/release"): {"address": "anna@shop.example", "reason": "mistake"},
    ("post", "/v1/mailing-kinds"): {"code": "tips", "names": {"en": "Tips"}, "needs_consent": True},
    ("put", "/v1/mailing-kinds/{kind_id}"): {"names": {"en": "Tips"}, "needs_consent": True, **_SEEN},
    ("post", "/v1/mailing-kinds/{kind_id}/move"): {"step": -1},
    ("put", "/v1/consent-setting"): {"mailbox_id": 1, "is_form_open": True, **_SEEN},
    ("post", "/v1/mailing-templates"): {"name": "Weekly offer", "subject": "Beans", "html": "<p>{{ salutation }}</p>"},
    ("put", "/v1/mailing-templates/{template_id}"): {"name": "Weekly offer", "subject": "Tea", **_SEEN},
    ("post", "/v1/mailings/{mailing_id}/use-template"): {"template_id": 1, "variant": "A", **_SEEN},
    ("post", "/v1/mailings/{mailing_id}/addresses"): {
        "rows": [{"address": "anna@shop.example", "given": {"name": "Anna", "own_gift": "a cup"}}],
        "is_agreed": True,
    },
    ("post", "/v1/mailings/{mailing_id}/copy"): {"mailing_id": 3, "which": "delivered"},
    ("post", "/v1/mailings"): _MAILING,
    ("put", "/v1/mailings/{mailing_id}"): {**_MAILING, **_SEEN},
    ("post", "/v1/mailings/{mailing_id}/begin"): _SEEN,
    ("post", "/v1/mailings/{mailing_id}/test"): {"address": "nora@shop.example", "party_id": 17},
    ("patch", "/v1/letters/{letter_id}/attributes"): _VALUES,
    ("post", "/v1/letters"): _LETTER,
    ("put", "/v1/letters/{letter_id}"): {**_LETTER, "number": "2026-000017", **_SEEN},
    ("post", "/v1/letters/archive"): {"letters": [17, 18]},
    ("post", "/v1/letters/restore"): {"letters": [17]},
    ("post", "/v1/letter-kinds"): {"code": "offers", "names": {"en": "Offers"}, "parent": "business"},
    ("put", "/v1/letter-kinds/{code}"): {"names": {"en": "Offers"}, "parent": "contracts", **_SEEN},
    ("post", "/v1/letter-kinds/{code}/move"): {"step": -1},
    ("post", "/v1/projects"): _PROJECT,
    ("put", "/v1/projects/{project_id}"): {**_PROJECT, **_SEEN},
    ("post", "/v1/projects/{project_id}/phases"): _PHASE,
    ("put", "/v1/projects/{project_id}/phases/{phase_id}"): {**_PHASE, **_SEEN},
    ("post", "/v1/projects/{project_id}/phases/{phase_id}/move"): {"step": -1},
    ("post", "/v1/surveys"): {"name": "Quality 2026", "topic": "How are we doing?", "template": "quality"},
    ("put", "/v1/surveys/{survey_id}"): {"topic": "How are we doing?", "questions": _QUESTIONS, **_SEEN},
    ("post", "/v1/surveys/{survey_id}/lists"): {"query": "where=city~is~Varna", "sample": 200, "executors": [3, 4]},
    ("put", "/v1/surveys/{survey_id}/executors"): {"executors": [3, 4]},
    ("post", "/v1/surveys/{survey_id}/next"): {"user_id": 3},
    ("put", "/v1/surveys/{survey_id}/calls/{event_id}/outcome"): {"outcome": "answered", "answers": {"7": 5, "8": 1}},
    ("post", "/v1/calls"): {"number": "+359 2 123 45 67", "extension": "101"},
}


class Exemplified(JsonRenderPlugin):
    """Gives the OpenAPI document with the examples in it."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Write the document."""
        for (method, path), example in EXAMPLES.items():
            for content in openapi_schema["paths"][path][method]["requestBody"]["content"].values():
                content["example"] = example
        return super().render(request, openapi_schema)

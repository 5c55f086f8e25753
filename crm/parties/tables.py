"""Tables of parties: people and organisations, and whatever is said of them."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from database.metadata import metadata

party = Table(
    "party",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("legal_status_id", BigInteger, ForeignKey("directory_entry.id"), nullable=False),
    Column("birth_date", Date),
    Column("note", Text),
    Column("language", Text),
    Column("source", Text),
    Column("source_key", Text),
    Column("version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("archived_at", DateTime(timezone=True)),
    Column("erased_at", DateTime(timezone=True)),
    Column("merged_into", BigInteger, ForeignKey("party.id")),
    Column("search", TSVECTOR, Computed("to_tsvector('simple', name || ' ' || coalesce(note, ''))")),
    Column("sort_name", Text, Computed("sort_key(name)"), nullable=False),
)
party_address = Table(
    "party_address",
    metadata,
    Column("party_id", BigInteger, ForeignKey("party.id"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("id", BigInteger, Identity(always=True), unique=True),
    Column("country", Text),
    Column("region", Text),
    Column("city", Text),
    Column("postal_code", Text),
    Column("line", Text),
    Column(
        "search",
        TSVECTOR,
        Computed(
            "to_tsvector('simple', coalesce(city, '') || ' ' || coalesce(postal_code, '') || ' ' || coalesce(line, ''))"
        ),
    ),
)
party_contact = Table(
    "party_contact",
    metadata,
    Column("party_id", BigInteger, ForeignKey("party.id"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("canonical", Text, nullable=False),
    Column("id", BigInteger, Identity(always=True), unique=True),
    Column("label", Text),
    Column("pinned", Boolean, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("used_at", DateTime(timezone=True)),
)
party_address_use = Table(
    "party_address_use",
    metadata,
    Column("address_id", BigInteger, ForeignKey("party_address.id"), primary_key=True),
    Column("party_id", BigInteger, ForeignKey("party.id"), nullable=False),
    Column("use", Text, primary_key=True),
    Column("main", Boolean, nullable=False),
)
party_bank_account = Table(
    "party_bank_account",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("party_id", BigInteger, ForeignKey("party.id"), nullable=False),
    Column("bank", Text, nullable=False),
    Column("bic", Text),
    Column("account", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("main", Boolean, nullable=False),
)
party_registration = Table(
    "party_registration",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("party_id", BigInteger, ForeignKey("party.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("country", Text),
    Column("number", Text, nullable=False),
    Column("canonical", Text, nullable=False),
    Column("issued_on", Date),
    Column("valid_until", Date),
    Column("issuer", Text),
    Column("checked", Text, nullable=False),
)
party_relation = Table(
    "party_relation",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("party_id", BigInteger, ForeignKey("party.id"), nullable=False),
    Column("relation_id", BigInteger, ForeignKey("directory_entry.id"), nullable=False),
    Column("other_party_id", BigInteger, ForeignKey("party.id")),
    Column("since", Date),
    Column("until", Date),
)
party_group = Table(
    "party_group",
    metadata,
    Column("group_id", BigInteger, ForeignKey("directory_entry.id"), primary_key=True),
    Column("party_id", BigInteger, ForeignKey("party.id"), primary_key=True),
)
contact_person = Table(
    "contact_person",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("party_id", BigInteger, ForeignKey("party.id"), nullable=False),
    Column("person_id", BigInteger, ForeignKey("party.id"), nullable=False),
    Column("post", Text),
    Column("timezone", Text),
    Column("hours", JSONB(none_as_null=True)),
    Column("position", Integer, nullable=False),
)
contact_person_responsibility = Table(
    "contact_person_responsibility",
    metadata,
    Column("contact_person_id", BigInteger, ForeignKey("contact_person.id"), primary_key=True),
    Column("responsibility_id", BigInteger, ForeignKey("directory_entry.id"), primary_key=True),
)
party_note = Table(
    "party_note",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("party_id", BigInteger, ForeignKey("party.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
)
party_file = Table(
    "party_file",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("party_id", BigInteger, ForeignKey("party.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("hash", LargeBinary, ForeignKey("file_content.hash"), nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
party_change = Table(
    "party_change",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("party_id", BigInteger, ForeignKey("party.id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("what", Text, nullable=False),
    Column("part_id", BigInteger),
    Column("before", JSONB(none_as_null=True)),
    Column("after", JSONB(none_as_null=True)),
)
party_duplicate = Table(
    "party_duplicate",
    metadata,
    Column("first_id", BigInteger, ForeignKey("party.id"), primary_key=True),
    Column("second_id", BigInteger, ForeignKey("party.id"), primary_key=True),
    Column("reasons", ARRAY(Text), nullable=False),
    Column("strength", Integer, nullable=False),
    Column("found_at", DateTime(timezone=True), nullable=False),
    Column("dismissed_at", DateTime(timezone=True)),
    Column("dismissed_by", Text),
)
party_merge = Table(
    "party_merge",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kept_id", BigInteger, ForeignKey("party.id"), nullable=False),
    Column("merged_id", BigInteger, ForeignKey("party.id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("before", JSONB(none_as_null=True)),
    Column("undone_at", DateTime(timezone=True)),
)

"""The tables of the journal, as steps from one version to the next.

The key idea: an agent of a newer version finds the journal of an older one with its queue full, and takes it over; so a
step only ever adds. `pragma user_version` counts the steps that were done.
"""

from typing import Final

STEPS: Final = (
    """
    create table entry (
        id integer primary key autoincrement,
        kind text not null check (kind in ('receipt', 'void')),
        uid text not null,
        receipt_uid text not null,
        natural_key text,
        meaning blob not null,
        seq integer,
        body blob not null,
        state text not null default 'queued'
            check (state in ('queued', 'taken', 'refused', 'rejected', 'replaced')),
        is_suspended integer not null default 0,
        was_promised integer not null default 0,
        attempts integer not null default 0,
        status integer,
        answer blob,
        queued_at text not null,
        settled_at text
    ) strict;
    create index entry_uid on entry (uid);
    create index entry_receipt on entry (receipt_uid);
    create index entry_natural_key on entry (natural_key) where natural_key is not null;
    create index entry_seq on entry (seq) where seq is not null;
    create index entry_open on entry (state, id) where state in ('queued', 'rejected');
    create table setting (
        name text primary key,
        value text not null
    ) strict, without rowid;
    """,
    # Money of cards that was granted without the server, until the server has the receipt that spends it.
    """
    create table grant_offline (
        hold_uid text primary key,
        card blob not null,
        receipt_uid text not null,
        amount integer not null check (amount > 0),
        available integer not null,
        granted_at text not null,
        expires_at text not null,
        ended_at text
    ) strict;
    create index grant_open on grant_offline (card) where ended_at is null;
    create index grant_receipt on grant_offline (receipt_uid) where ended_at is null;
    """,
    # Receipts that spend such money, and numbers in sequence that are to be given again.
    """
    alter table entry add column is_granted integer not null default 0;
    create table free_seq (seq integer primary key) strict;
    """,
)
"""Each step runs in one transaction; the steps of a released version are never changed."""

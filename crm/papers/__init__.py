"""Papers: the receipts, documents and business documents that a task or an event can be tied to."""

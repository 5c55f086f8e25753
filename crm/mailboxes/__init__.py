"""Mailboxes: from which address mail goes out, through which server, and how fast."""

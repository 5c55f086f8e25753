"""vCards, versions 3.0 (RFC 2426) and 4.0 (RFC 6350): parties as telephones and mail programs keep them."""

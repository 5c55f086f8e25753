"""Consent: what each party agreed to by kind of mailing, and the addresses that get nothing more."""

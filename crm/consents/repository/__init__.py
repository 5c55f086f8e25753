"""All SQL of consent: kinds, what holds and what led there, who asked, and addresses that get nothing more."""

"""All SQL of letters, their kinds and their files; lists of them are `crm.letters.listing`'s."""

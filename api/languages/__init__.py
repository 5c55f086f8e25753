"""The languages that people read: the catalogues of texts, one of each language but English."""

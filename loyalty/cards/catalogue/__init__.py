"""The catalogue: all series, price lists and stores, as they are kept, remembered and were of old."""

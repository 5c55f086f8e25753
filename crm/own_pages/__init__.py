"""Customers' own pages: the secret link of a party, what it opens, and what may be said there.

`service` makes, sends and ends links and opens pages; `reading` gathers what a page shows; `letters` is the queue of
letters that carry a link.
"""

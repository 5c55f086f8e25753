"""Measures how fast the service is, as ratios to SQL written by hand that does the same work on the same PostgreSQL.

Key idea: figures of two machines, or of two minutes, cannot be compared; two figures taken one right after the other
can. So every row of the table is a pair, measured in rounds that alternate, and what counts is the median of ratios.
Nothing leaves the loopback address, and nothing is timed in the tests.
"""

"""The one SQLAlchemy metadata that every room's tables join.

The schema itself is made by the migrations; a test compares the two, so that neither drifts.
"""

from sqlalchemy import MetaData

metadata = MetaData()

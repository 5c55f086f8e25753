"""Backups of a whole database in one file, and their way back into an empty one.

    tables, sequences --one REPEATABLE READ snapshot, COPY--> FILE.part --fsync, rename--> FILE
    FILE --every part held against its digest--> one transaction --> the database

Key idea: the schema is made by the migrations, the file holds rows alone. So a backup of one major version of
PostgreSQL comes back into any other, no program of PostgreSQL is needed, and what is wrong is found before anything is
committed.
Refuses to write over a file, and to restore into a database in which something was done already.
"""

from database.backups.archive import BackupError
from database.backups.making import make_backup
from database.backups.model import Kept, Manifest
from database.backups.restoring import restore_backup

__all__ = ["BackupError", "Kept", "Manifest", "make_backup", "restore_backup"]

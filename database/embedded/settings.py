"""The settings that the embedded PostgreSQL is started with.

Key idea: all stand on the command line of the server and none in its files, so that a new version of Tallycard brings
new ones to an old data folder. Refuses nothing: a caller's settings come last and win.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from database.embedded import protocol
from database.embedded.folders import Folders

MEGABYTE = 1 << 20
SHARE_OF_MEMORY = 8  # an eighth for the server's buffers: tills, pages and the system's own cache want the rest
LEAST_BUFFERS_MB, MOST_BUFFERS_MB = 128, 1024
CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")


def server_arguments(
    folders: Folders, *, socket_folder: Path, shared_buffers_mb: int | None, settings: Mapping[str, str]
) -> list[str]:
    """Return the arguments after `postgres`: folder, and every setting as `-c name=value`."""
    quoted_folder = str(socket_folder).replace('"', '""')
    ours = {
        "listen_addresses": "",
        "port": str(protocol.PORT),
        "unix_socket_directories": f'"{quoted_folder}"',
        "unix_socket_permissions": "0700",
        "hba_file": str(folders.access_rules),
        "ident_file": str(folders.access_names),
        "max_connections": "60",  # a serving process takes two for its flights of receipts, and its pools
        "shared_buffers": f"{shared_buffers_mb or _share_of_memory_mb()}MB",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "max_wal_size": "2GB",
        "wal_compression": "pglz",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        # The log is no place for card numbers and addresses, which PostgreSQL quotes in details and statements.
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
    }
    pairs = (ours | dict(settings)).items()
    return ["-D", str(folders.cluster), *(word for name, value in pairs for word in ("-c", f"{name}={value}"))]


def _share_of_memory_mb() -> int:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # no container, or one without a limit ("max")
        memory = min(memory, int(CONTAINER_LIMIT.read_text()))
    return max(LEAST_BUFFERS_MB, min(MOST_BUFFERS_MB, memory // MEGABYTE // SHARE_OF_MEMORY))

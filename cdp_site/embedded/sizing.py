"""PostgreSQL's settings by the size of the machine, which it shares with web, worker and tasks."""

import os
from pathlib import Path

_MIB = 2**20
_GIB = 2**30


def settings(*, durable: bool) -> dict[str, str]:
    """Settings by name. Not `durable`: for tests, small and without fsync; a killed process still loses nothing."""
    memory = _memory() if durable else min(_memory(), 2 * _GIB)
    cores = len(os.sched_getaffinity(0))
    gathering = max(1, min(4, cores // 2))
    found = {
        # What is asked about a person lies on pages all over the table: a page that is not here costs a read each time.
        # More than two fifths would leave too little for everything else.
        "shared_buffers": _mib(memory * 2 / 5, 128, 16384),
        "effective_cache_size": _mib(memory * 3 / 5, 256, 1 << 20),
        # Sorts and hashes: several at once in each of some dozens of connections.
        "work_mem": _mib(memory / 256, 8, 128),
        "maintenance_work_mem": _mib(memory / 16, 64, 1024),
        "max_connections": "200",
        "max_worker_processes": str(cores + 8),
        "max_parallel_workers": str(cores),
        "max_parallel_workers_per_gather": str(gathering),
        "max_parallel_maintenance_workers": str(gathering),
        "max_locks_per_transaction": "256",  # a query over all time touches every partition of the events
        "random_page_cost": "1.1",
        "jit": "off",
        "synchronous_commit": "on",
        "wal_buffers": "64MB",
        # The images of pages that a change touches first after a checkpoint: packing them takes longer than the change.
        "wal_compression": "off",
        "min_wal_size": "256MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "dynamic_shared_memory_type": "posix" if _room(Path("/dev/shm")) > _GIB // 2 else "mmap",  # noqa: S108
    }
    if not durable:
        found |= {"fsync": "off", "full_page_writes": "off", "max_wal_size": "1GB", "min_wal_size": "80MB"}
    return found


def _memory() -> int:
    """Bytes of memory we may use: the machine's, or the container's limit."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        path = Path(limit)
        text = path.read_text().strip() if path.is_file() else ""
        if text.isdigit():
            total = min(total, int(text))
    return total


def _room(path: Path) -> int:
    """Bytes that a file system can hold in all; containers are often given 64 MiB of shared memory."""
    if not path.is_dir():
        return 0
    found = os.statvfs(path)
    return found.f_frsize * found.f_blocks


def _mib(size: float, least: int, most: int) -> str:
    return f"{min(most, max(least, int(size / _MIB)))}MB"

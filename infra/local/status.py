"""What runs and what it uses, as the operating system reports it."""

import time
from dataclasses import dataclass

import psutil

from infra.local.processes import ProcessRecord, find

MIB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentStatus:
    """One component as it is now; `pid` is None when it does not run.

    `memory_mib` is what the component shares with no other process, its children included; `cpu_s` since its start.
    """

    name: str
    address: str
    pid: int | None
    uptime_s: float
    memory_mib: float
    cpu_s: float


def component_status(name: str, address: str, record: ProcessRecord | None) -> ComponentStatus:
    """The status of a component whose process is `record`, or which does not run."""
    process = find(record) if record else None
    if process is None:
        return ComponentStatus(name=name, address=address, pid=None, uptime_s=0.0, memory_mib=0.0, cpu_s=0.0)
    family = [process, *process.children(recursive=True)]
    return ComponentStatus(
        name=name,
        address=address,
        pid=process.pid,
        uptime_s=time.time() - process.create_time(),
        memory_mib=sum(_memory(member) for member in family) / MIB,
        cpu_s=sum(_cpu(member) for member in family),
    )


def _memory(process: psutil.Process) -> int:
    """Unique memory in bytes; PostgreSQL's shared buffers would otherwise count once per connection."""
    try:
        return int(process.memory_full_info().uss)
    except psutil.Error:
        return 0


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)

"""What this process takes from the host, read by psutil."""

import os
import time
from dataclasses import replace

import psutil

from conductor_tui.ports import OwnUse


class ProcessMeter:
    """Satisfies ports.OwnMeter. The first reading counts CPU from here on."""

    def __init__(self) -> None:
        self._process: psutil.Process | None = None
        self._at, self._cpu_s = time.monotonic(), time.process_time()
        self._last = OwnUse(0.0, 0, 0, 0)

    def use(self) -> OwnUse:
        now, cpu_s = time.monotonic(), time.process_time()
        passed_s, used_s = now - self._at, cpu_s - self._cpu_s
        self._at, self._cpu_s = now, cpu_s
        self._last = replace(
            self._sizes(), cpu_percent=100 * used_s / passed_s if passed_s > 0 else 0.0
        )
        return self._last

    def _sizes(self) -> OwnUse:
        """Read what has a size; what it was last when no more files can be opened."""
        try:
            process = self._process = self._process or psutil.Process()
            return OwnUse(
                cpu_percent=0.0,
                rss_bytes=process.memory_info().rss,
                threads=process.num_threads(),
                open_files=self._open_files(process),
            )
        except Exception:  # psutil raises what its parsing meets, as without /proc
            return self._last

    def _open_files(self, process: psutil.Process) -> int:
        """Linux 6.2 tells their number as a size; counting thousands takes long."""
        try:
            size = os.stat("/proc/self/fd").st_size
        except OSError:
            size = 0
        return size or process.num_fds()

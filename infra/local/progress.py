"""What people see while the stack starts: a line per component, with a spinner where there is a terminal."""

import sys
import threading
import time
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Reporter(Protocol):
    """Told what each component is doing. May be called from several threads."""

    def doing(self, component: str, what: str) -> None:
        """The component is at this step."""

    def done(self, component: str, what: str) -> None:
        """The component is up (or down), and where."""


class Silent:
    """Says nothing."""

    def doing(self, component: str, what: str) -> None:
        """Nothing."""

    def done(self, component: str, what: str) -> None:
        """Nothing."""


class Lines:
    """One line per finished component, for logs."""

    def __init__(self) -> None:
        """The clock starts now."""
        self._began = time.monotonic()
        self._guard = threading.Lock()

    def doing(self, component: str, what: str) -> None:
        """Nothing: a log needs only what came of it."""

    def done(self, component: str, what: str) -> None:
        """`  kafka        SASL_SSL 127.0.0.1:7492   4.1 s`."""
        with self._guard:
            sys.stderr.write(f"  {component:<12} {what:<40} {time.monotonic() - self._began:5.1f} s\n")
            sys.stderr.flush()


class Live:
    """A spinner per component on a terminal."""

    def __init__(self) -> None:
        """Writes to the standard error stream as it is now."""
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.fields[component]:<12}"),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=Console(file=sys.stderr),
        )
        self._tasks: dict[str, TaskID] = {}
        self._guard = threading.Lock()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def doing(self, component: str, what: str) -> None:
        """Show the step behind the component's spinner."""
        with self._guard:
            if component not in self._tasks:
                self._tasks[component] = self._progress.add_task(what, total=1, component=component)
            self._progress.update(self._tasks[component], description=f"[dim]{what}")

    def done(self, component: str, what: str) -> None:
        """Tick the component off."""
        self.doing(component, what)
        with self._guard:
            self._progress.update(self._tasks[component], description=what, completed=1)

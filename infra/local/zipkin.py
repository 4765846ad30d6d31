"""The local trace store: Zipkin's executable jar, spans in memory, its page on loopback."""

import http
import http.client
import os
import signal
import time

from infra.local.jars import JAVA, zipkin_classpath
from infra.local.processes import POLL_S, Launch, ProcessRecord, StartFailed, find, launch, log_tail
from infra.local.settings import HOST, StackSettings
from infra.local.warm import warm_options

NAME = "zipkin"
STOP_SIGNAL = signal.SIGTERM
STOP_GRACE_S = 10.0
START_TIMEOUT_S = 90.0
ANSWER_TIMEOUT_S = 1.0
JVM_OPTIONS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j2.disable.jmx=true")


class LocalZipkin:
    """The trace store of one state folder; it forgets everything when it stops."""

    def __init__(self, settings: StackSettings) -> None:
        """Starts nothing."""
        self._settings = settings
        self.log_file = settings.logs_dir / "zipkin.log"

    def start(self) -> ProcessRecord:
        """Start the server; returns before it answers."""
        sizes = self._settings.zipkin
        options = [
            f"--armeria.ports[0].ip={HOST}",  # without it the server listens on every interface
            f"--armeria.ports[0].port={sizes.port}",
            "--armeria.ports[0].protocols[0]=http",
            f"--zipkin.storage.mem.max-spans={sizes.max_spans}",
            "--logging.level.root=WARN",
            "--spring.main.banner-mode=off",
        ]
        command = [f"-Xmx{sizes.heap}", *JVM_OPTIONS, "-cp", zipkin_classpath(), "zipkin.server.ZipkinServer"]
        warm = warm_options(NAME, command, self._settings.state_dir)
        return launch(
            Launch(
                name=NAME,
                arguments=[str(JAVA), *warm, *command, *options],
                environment={"PATH": os.environ.get("PATH", "")},
                log_file=self.log_file,
                working_dir=self._settings.state_dir,
            ),
            self._settings.state_dir,
        )

    def wait(self, record: ProcessRecord) -> None:
        """Return once its API answers. Raises StartFailed."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if find(record) is None:
                raise StartFailed(f"Zipkin ended while starting; see {self.log_file}\n{log_tail(self.log_file)}")
            if time.monotonic() > deadline:
                raise StartFailed(f"Zipkin did not answer within {START_TIMEOUT_S:.0f} s; see {self.log_file}")
            time.sleep(POLL_S)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self._settings.zipkin.port, timeout=ANSWER_TIMEOUT_S)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

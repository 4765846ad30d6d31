"""Apache Kafka 4.3 in KRaft mode: one broker on loopback, TLS and SCRAM, run by the Java that a wheel carries."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from infra.local import broker_files
from infra.local.authority import Authority
from infra.local.broker_files import BrokerFiles
from infra.local.credentials import Credentials, write_private
from infra.local.jars import JAVA, kafka_classpath
from infra.local.kafka_admin import KafkaAccount, KafkaAdmin
from infra.local.processes import Launch, ProcessRecord, StartFailed, find, launch, log_tail, marks
from infra.local.settings import StackSettings
from infra.local.topology import Topology, load_topology
from infra.local.warm import warm_options

NAME = broker_files.NAME
BROKER = broker_files.BROKER
STOP_SIGNAL = signal.SIGTERM
STOP_GRACE_S = 20.0
START_TIMEOUT_S = 120.0
"""Seen: 3.4 s on an idle machine, more than 60 s on one whose cores were all taken."""
FORMAT_TIMEOUT_S = 60.0
ANSWER_TIMEOUT_S = 0.5
FORMATTED = ".formatted"
"""Written last into the data folder: without it an earlier format did not come to its end."""
JVM_OPTIONS = ("-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
TOOL_OPTIONS = ("-Xmx96m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *JVM_OPTIONS[2:])


class LocalKafka:
    """The broker of one state folder."""

    def __init__(self, settings: StackSettings, credentials: Credentials, authority: Authority) -> None:
        """Starts nothing."""
        self._settings = settings
        self._credentials = credentials
        self._authority = authority
        self.files = BrokerFiles(settings, credentials, authority)
        self._dir = self.files.directory
        self.data_dir = self.files.data_dir
        self.log_file = settings.logs_dir / "kafka.log"

    def start(self) -> ProcessRecord:
        """Start the broker, formatting its storage first if there is none; returns before it answers."""
        classpath = kafka_classpath()
        properties = self.files.write()
        if not (self.data_dir / FORMATTED).exists():
            self._format(classpath, properties)
        command = [f"-Xmx{self._settings.kafka.heap}", *JVM_OPTIONS, "-cp", classpath, "kafka.Kafka"]
        warm = warm_options(NAME, command, self._dir)
        return launch(
            Launch(
                name=NAME,
                arguments=[str(JAVA), *warm, *command, str(properties)],
                environment={"PATH": os.environ.get("PATH", "")},
                log_file=self.log_file,
                working_dir=self._dir,
            ),
            self._settings.state_dir,
        )

    def wait(self, record: ProcessRecord) -> None:
        """Return once the broker answers its super user. Raises StartFailed."""
        admin = self.admin()
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if find(record) is None:
                raise StartFailed(f"Kafka ended while starting; see {self.log_file}\n{log_tail(self.log_file)}")
            if admin.answers(ANSWER_TIMEOUT_S):
                return
        message = f"Kafka did not answer within {START_TIMEOUT_S:.0f} s; see {self.log_file}"
        raise StartFailed(f"{message}\n{log_tail(self.log_file)}")

    def provision(self, topology: Topology | None = None) -> None:
        """Users, rights and topics of infra/kafka/topics.yaml; safe to repeat."""
        declared = topology or load_topology()
        accounts = self._credentials.passwords([f"kafka:{name}" for name in declared.principals])
        self.admin().apply(declared, {name.removeprefix("kafka:"): word for name, word in accounts.items()})

    def admin(self) -> KafkaAdmin:
        """The broker's super user."""
        return KafkaAdmin(self.account(BROKER))

    def account(self, name: str) -> KafkaAccount:
        """How `name` reaches the broker."""
        return KafkaAccount(
            bootstrap=self._settings.bootstrap,
            username=name,
            password=self._credentials.password(f"kafka:{name}"),
            ca_file=self._authority.ca_file,
        )

    def wipe(self) -> None:
        """Delete the broker's data; the next start makes an empty cluster with a new id. The broker must be down."""
        shutil.rmtree(self.data_dir, ignore_errors=True)

    def _format(self, classpath: str, properties: Path) -> None:
        """Make the storage with its first user. The arguments go through a file: a command line is public."""
        self.wipe()
        words = ["-cp", classpath, "kafka.tools.StorageTool", *self.files.format_words(properties)]
        arguments = self._dir / "format.arguments"
        quoted = [f'"{word}"' for word in words]
        write_private(arguments, "\n".join(quoted).encode())
        try:
            done = subprocess.run(
                [str(JAVA), *TOOL_OPTIONS, f"@{arguments}"],
                env={"PATH": os.environ.get("PATH", ""), **marks(NAME, self._settings.state_dir)},
                capture_output=True,
                text=True,
                timeout=FORMAT_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise StartFailed(f"Kafka's storage was not formatted within {FORMAT_TIMEOUT_S:.0f} s") from late
        finally:
            arguments.unlink()
        if done.returncode:
            raise StartFailed(f"Kafka's storage could not be formatted: {(done.stderr or done.stdout)[-500:]}")
        (self.data_dir / FORMATTED).touch()

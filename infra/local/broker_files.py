"""The files that a broker starts from: its properties, its keystore, and the script by which an image runs on them."""

import shlex
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path
from string import Template

from infra.local.authority import Authority
from infra.local.credentials import Credentials, write_private
from infra.local.settings import StackSettings

NAME = "kafka"
BROKER = "broker"
"""The super user."""
TEMPLATE = Path(__file__).parents[1] / "kafka" / "server.properties"


class BrokerFiles:
    """The broker's files under the state folder of a stack."""

    def __init__(self, settings: StackSettings, credentials: Credentials, authority: Authority) -> None:
        """Writes nothing."""
        self._settings = settings
        self._credentials = credentials
        self._authority = authority
        self.directory = settings.state_dir / NAME
        self.data_dir = self.directory / "data"

    def write(self, listen_host: str | None = None) -> Path:
        """Write keystore and properties; returns the properties' path."""
        pair = self._authority.server(NAME)
        keystore = self.directory / "keystore.pem"
        write_private(keystore, pair.key_file.read_bytes() + pair.cert_file.read_bytes())
        text = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
            listen_host=listen_host or self._settings.listen_host,
            advertised_host=self._settings.host(NAME),
            port=self._settings.kafka.port,
            controller_port=self._settings.kafka.controller_port,
            data_dir=self.data_dir,
            keystore=keystore,
            truststore=self._authority.ca_file,
            broker_password=self._credentials.password(f"kafka:{BROKER}"),
        )
        properties = self.directory / "server.properties"
        write_private(properties, text.encode())
        return properties

    def first_user(self) -> str:
        """The super user as Kafka's storage tool takes it."""
        return f"SCRAM-SHA-512=[name={BROKER},password={self._credentials.password(f'kafka:{BROKER}')}]"

    def format_words(self, properties: Path) -> list[str]:
        """What the storage tool is told: an empty cluster with a new id and its first user."""
        cluster = f"--cluster-id={new_cluster_id()}"  # in one word: the id itself may begin with a dash
        return ["format", "--standalone", cluster, "-c", str(properties), "--add-scram", self.first_user()]

    def container_script(self, binaries: Path) -> str:
        """The shell script by which an image with Kafka's own `binaries` runs the broker on these files."""
        properties = self.write(listen_host="0.0.0.0")  # noqa: S104 - inside a container
        words = [*self.format_words(properties), "--ignore-formatted"]
        tool = shlex.join([str(binaries / "kafka-storage.sh"), *words])
        return f"{tool} && exec {shlex.join([str(binaries / 'kafka-server-start.sh'), str(properties)])}"


def new_cluster_id() -> str:
    """A random id as Kafka writes them."""
    return urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")

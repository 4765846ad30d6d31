"""The egress guard: which addresses are taken, and that every other is refused before a socket is opened."""

import ipaddress
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from infra.local.authority import Authority
from services.coding.adapters.adviser.egress import (
    EgressRefused,
    EgressRules,
    GuardedResolver,
    Lookup,
    endpoint_of,
    guarded_session,
    guarded_socket,
)
from tests.support.recording_model import Reply, chat, recording_model

RULES = EgressRules(hosts=frozenset({"model.example", "10.20.0.5"}), networks=(ipaddress.ip_network("10.20.0.0/24"),))
LOOPBACK = EgressRules(
    hosts=frozenset({"model.example", "127.0.0.1"}),
    networks=(ipaddress.ip_network("127.0.0.1/32"),),
    plain_loopback=True,
)


def answering(*addresses: str) -> Lookup:
    """A resolver of the system that gives one answer per question, the last for ever."""
    left = list(addresses)

    async def lookup(_host: str, _port: int) -> Sequence[str]:
        return (left.pop(0) if len(left) > 1 else left[0]).split()

    return lookup


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("https://model.example/v1", "https://model.example:443/v1/chat/completions"),
        ("https://model.example/v1/", "https://model.example:443/v1/chat/completions"),
        ("https://model.example:8443", "https://model.example:8443/chat/completions"),
        ("https://10.20.0.5/v1", "https://10.20.0.5:443/v1/chat/completions"),
    ],
)
def test_a_listed_address_is_taken(base_url: str, url: str) -> None:
    assert endpoint_of(base_url, RULES).url == url


@pytest.mark.parametrize(
    "base_url",
    [
        "http://model.example/v1",
        "https://evil.example/v1",
        "https://sub.model.example/v1",
        "https://model.example.evil/v1",
        "https://xmodel.example/v1",
        "https://MODEL.example/v1",
        "https://model.example./v1",
        "https://model.example@evil.example/v1",
        "https://evil.example@model.example/v1",
        "https://user:secret@model.example/v1",
        "https://model.example%40evil.example/v1",
        "https://model.example\\@evil.example/v1",
        "https://model.example#@evil.example/v1",
        "https://model.example?@evil.example/v1",
        "https://model.example/v1?to=evil",
        "https://model.example/v1#x",
        "https://model.example/../v1",
        "https://model.example/v1/./x",
        "https://model.example:0/v1",
        "https://model.example:99999/v1",
        "https://model.example:/v1",
        "https://model.example /v1",
        "https://model.example/v1\r\nHost: evil",
        "https://model.example\t/v1",
        "https:/model.example/v1",
        "https:///model.example/v1",
        "//model.example/v1",
        "ftp://model.example/v1",
        "file:///etc/passwd",
        "https://[::1]/v1",
        "https://[::ffff:10.20.0.5]/v1",
        "https://[fe80::1%25eth0]/v1",
        "https://10.20.0.6/v1",
        "https://10.20.5/v1",
        "https://0x0a.20.0.5/v1",
        "https://012.20.0.5/v1",
        "https://169869317/v1",
        "https://ｍodel.example/v1",
        "https://mоdel.example/v1",
        "https://model。example/v1",
        "",
        "model.example",
    ],
)
def test_every_other_address_is_refused_and_not_repeated(base_url: str) -> None:
    with pytest.raises(EgressRefused) as refused:
        endpoint_of(base_url, RULES)

    assert "example" not in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("host", ["169869317", "10.20.5", "012.20.0.5", "0x0a.20.0.5", "192.168.0.1", "-x", "x..y"])
def test_listing_a_trick_does_not_help_it(host: str) -> None:
    rules = EgressRules(hosts=frozenset({host}), networks=(ipaddress.ip_network("10.20.0.0/24"),))

    with pytest.raises(EgressRefused):
        endpoint_of(f"https://{host}/v1", rules)


def test_http_needs_loopback_and_the_setting_for_it() -> None:
    closed = EgressRules(hosts=frozenset({"127.0.0.1"}), networks=LOOPBACK.networks)

    assert endpoint_of("http://127.0.0.1:8080/v1", LOOPBACK).is_plain
    for url, rules in (("http://127.0.0.1:8080/v1", closed), ("http://model.example/v1", LOOPBACK)):
        with pytest.raises(EgressRefused):
            endpoint_of(url, rules)


@pytest.mark.parametrize("empty", [{"hosts": frozenset()}, {"networks": ()}])
def test_an_empty_allow_list_is_none(empty: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        EgressRules(**({"hosts": frozenset({"a"}), "networks": RULES.networks} | empty))


@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [
        ("10.20.0.9", True),
        ("10.20.1.9", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("::ffff:10.20.0.9", False),
        ("::ffff:0a14:9", False),
        ("2002:0a14:0009::1", False),
        ("fe80::1%eth0", False),
        ("not an address", False),
    ],
)
def test_an_ip_address_is_judged_by_the_networks(address: str, is_allowed: bool) -> None:
    assert RULES.allows_ip(address) is is_allowed


def test_ipv6_is_allowed_where_a_network_says_so_and_never_as_ipv4_in_disguise() -> None:
    rules = EgressRules(hosts=frozenset({"m"}), networks=(ipaddress.ip_network("::/0"),))

    assert rules.allows_ip("2001:db8::1")
    assert not rules.allows_ip("::ffff:10.20.0.9")
    assert not rules.allows_ip("10.20.0.9")


async def test_a_name_with_one_address_outside_is_refused_whole() -> None:
    resolver = GuardedResolver(RULES, answering("10.20.0.9 203.0.113.7"))

    with pytest.raises(OSError):
        await resolver.resolve("model.example", 443)


async def test_a_name_without_an_address_is_refused() -> None:
    with pytest.raises(OSError):
        await GuardedResolver(RULES, answering("")).resolve("model.example", 443)


async def test_a_name_that_is_not_listed_is_not_even_looked_up() -> None:
    async def lookup(_host: str, _port: int) -> Sequence[str]:
        raise AssertionError("looked up")

    with pytest.raises(OSError):
        await GuardedResolver(RULES, lookup).resolve("evil.example", 443)


def test_a_socket_to_another_address_is_never_made() -> None:
    make = guarded_socket(RULES)

    with pytest.raises(OSError):
        make((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("203.0.113.7", 443)))


def good(_body: dict[str, Any], _number: int) -> Reply:
    return chat('{"pick": "c01"}')


async def status(session: aiohttp.ClientSession, url: str) -> int:
    async with session.post(url, data=b"{}", allow_redirects=False) as response:
        return response.status


async def test_a_name_that_changes_its_address_is_refused_at_the_next_connection() -> None:
    async with recording_model(good) as model:
        session = guarded_session(LOOPBACK, ca_file=None, total_s=5.0, lookup=answering("127.0.0.1", "127.0.0.2"))
        url = f"http://model.example:{model.port}/v1"
        async with session:
            first = await status(session, url)
            model.writers[0].close()
            await model.writers[0].wait_closed()
            with pytest.raises(aiohttp.ClientError):
                await status(session, url)

    assert first == 200
    assert model.connections == 1


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with recording_model(good) as proxy, recording_model(good) as model:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://user:secret@127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        async with guarded_session(LOOPBACK, ca_file=None, total_s=5.0) as session:
            assert await status(session, model.base_url) == 200

    assert proxy.connections == 0


async def test_a_session_cannot_be_talked_into_another_host() -> None:
    async with recording_model(good) as model, guarded_session(RULES, ca_file=None, total_s=5.0) as session:
        for url in (
            model.base_url,
            f"http://localhost:{model.port}/",
            f"http://model.example@127.0.0.1:{model.port}/",
            f"http://[::1]:{model.port}/",
            f"http://[::ffff:127.0.0.1]:{model.port}/",
            f"http://2130706433:{model.port}/",
        ):
            with pytest.raises((aiohttp.ClientError, OSError)):
                await status(session, url)

    assert model.connections == 0


async def test_a_redirect_is_not_followed() -> None:
    async with recording_model(good) as elsewhere:
        away = Reply(status=302, headers=(("Location", elsewhere.base_url),))
        async with (
            recording_model(lambda _body, _number: away) as model,
            guarded_session(LOOPBACK, ca_file=None, total_s=5.0) as session,
        ):
            assert await status(session, model.base_url) == 302

    assert elsewhere.connections == 0


async def test_over_tls_the_certificate_must_be_the_listed_name_s(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    accepted = {}
    for name in ("model.example", "other.example"):
        pair = authority.server(name)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pair.cert_file, pair.key_file)
        async with (
            recording_model(good, tls) as model,
            guarded_session(LOOPBACK, ca_file=authority.ca_file, total_s=5.0, lookup=answering("127.0.0.1")) as session,
        ):
            try:
                accepted[name] = await status(session, f"https://model.example:{model.port}/v1")
            except aiohttp.ClientError:
                accepted[name] = 0

    assert accepted == {"model.example": 200, "other.example": 0}

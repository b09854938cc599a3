"""Fetching a file that somebody named by its address, without becoming a door into the inner network.

Only https, only hosts on a list, only public addresses: the name is resolved once, every address is looked
at, and the connection goes to exactly that address, so that a second answer of the name server changes
nothing. Each redirect is judged anew. Hosts that the deployment names (``SHOP_INTERNAL_PICTURE_HOSTS``) may
lie in the private network and speak http.
"""

import ipaddress
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import urllib3
from django.conf import settings

from shop.core.network import Deadline, assert_no_transaction

CONNECT_SECONDS = 4.0
READ_SECONDS = 8.0
TOTAL_SECONDS = 25.0
MOST_REDIRECTS = 3
_PIECE = 64 * 1024
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_REDIRECTS = (301, 302, 303, 307, 308)
_OK = 200


class FetchRefused(Exception):
    """The address must not be asked, or did not answer usefully; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Target:
    scheme: str
    host: str
    port: int
    path: str
    netloc: str


def fetch(url: str, *, hosts: Collection[str], max_bytes: int) -> bytes:
    """Return what an address holds.

    ``hosts`` are exact names or ``*.example.com``. Called outside transactions. Raises ``FetchRefused`` with
    ``invalid_address``, ``host_not_allowed``, ``private_address``, ``unreachable``, ``too_large``,
    ``too_slow`` or ``http_<status>``.
    """
    assert_no_transaction()
    deadline = Deadline(TOTAL_SECONDS)
    for _hop in range(MOST_REDIRECTS + 1):
        target = _target(url, hosts)
        with _answer(target, _address(target), deadline) as answer:
            if answer.status in _REDIRECTS and answer.headers.get("Location"):
                url = urljoin(url, answer.headers["Location"])
                continue
            if answer.status != _OK:
                raise FetchRefused(f"http_{answer.status}")
            return _body(answer, max_bytes, deadline)
    raise FetchRefused("too_many_redirects")


def is_listed(host: str, hosts: Collection[str]) -> bool:
    """Return whether a host name is on the list."""
    name = host.casefold().rstrip(".")
    for entry in (entry.casefold().rstrip(".") for entry in hosts):
        if entry.startswith("*.") and name.endswith(entry[1:]) and len(name) > len(entry) - 1:
            return True
        if name == entry:
            return True
    return False


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if ip in _NAT64:
            return False
    return ip.is_global and not ip.is_multicast


def _target(url: str, hosts: Collection[str]) -> _Target:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise FetchRefused("invalid_address") from error
    internal = _is_internal(parts.netloc)
    schemes = ("https", "http") if internal else ("https",)
    if parts.scheme not in schemes or not host or parts.username or parts.password:
        raise FetchRefused("invalid_address")
    if not internal and not is_listed(host, hosts):
        raise FetchRefused("host_not_allowed")
    if not internal and port not in (None, 443):
        raise FetchRefused("host_not_allowed")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path, parts.netloc)


def _is_internal(netloc: str) -> bool:
    return netloc.casefold() in {entry.casefold() for entry in settings.SHOP_INTERNAL_PICTURE_HOSTS}


def _address(target: _Target) -> str:
    """Resolve a host; refuse it when any of its addresses is not public."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchRefused("unreachable") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not _is_internal(target.netloc) and not all(is_public(address) for address in addresses):
        raise FetchRefused("private_address")
    return addresses[0]


@contextmanager
def _answer(target: _Target, address: str, deadline: Deadline) -> Iterator[urllib3.BaseHTTPResponse]:
    """Ask the address itself, by the name that the certificate must carry."""
    timeout = urllib3.Timeout(connect=deadline.cap(CONNECT_SECONDS), read=deadline.cap(READ_SECONDS))
    pool = (
        urllib3.HTTPSConnectionPool(
            address,
            target.port,
            server_hostname=target.host,
            assert_hostname=target.host,
            cert_reqs="CERT_REQUIRED",
        )
        if target.scheme == "https"
        else urllib3.HTTPConnectionPool(address, target.port)
    )
    headers = {"Host": target.netloc, "Accept": "image/*, video/mp4", "Accept-Encoding": "identity"}
    try:
        answer = pool.request(
            "GET",
            target.path,
            headers=headers,
            timeout=timeout,
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            yield answer
        finally:
            answer.close()
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise FetchRefused("unreachable") from error
    finally:
        pool.close()


def _body(answer: urllib3.BaseHTTPResponse, max_bytes: int, deadline: Deadline) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := answer.read(_PIECE, decode_content=False):
        size += len(piece)
        if size > max_bytes:
            raise FetchRefused("too_large")
        if deadline.expired:
            raise FetchRefused("too_slow")
        pieces.append(piece)
    return b"".join(pieces)

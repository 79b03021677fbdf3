"""Which addresses imports may ask: public ones, and those of the installation's own network that its settings name."""

import ipaddress
import socket

import httpx

from importers.problems import NoFile

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class PublicOnly(httpx.HTTPTransport):
    """Connects to public addresses alone, redirections included. A name is looked up once: the address checked is the one asked."""

    def __init__(self, allowed: frozenset[str] = frozenset()) -> None:
        super().__init__(trust_env=False)
        self.allowed = allowed

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        if host in self.allowed:
            return super().handle_request(request)
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=public_address(host, request.url.port or 443)),
            headers=request.headers,  # with the host's own name
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )
        return super().handle_request(pinned)


def public_address(host: str, port: int) -> str:
    """The address of a host, all of whose addresses are public. Raises NoFile, httpx.ConnectError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError(f"unknown host: {error}") from error
    addresses = [str(address[4][0]).split("%")[0] for address in found]
    if not addresses or not all(is_public(ipaddress.ip_address(address)) for address in addresses):
        raise NoFile(
            f"« {host} » n’est pas une adresse publique : Levier n’y prend aucun fichier. "
            "Si c’est un serveur de votre réseau, nommez-le dans LEVIER_SOURCES_HOSTS."
        )
    return addresses[0]


def is_public(address: Address) -> bool:
    """Is it on the Internet, and nothing else dressed so: mapped, translated or tunnelled?"""
    if isinstance(address, ipaddress.IPv6Address):
        if address in NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if inner := address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]:
            return is_public(inner)
        if int(address) >> 32 == 0:  # an IPv4 address with zeros before it
            return False
    return address.is_global and not address.is_multicast

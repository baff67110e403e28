"""Whose certificates are trusted: the system's authorities, and those that the environment names.

The same variables as those of the tools beside mlgate in a job: OpenSSL's and curl's, requests',
and the one of Node, which the runner and its actions read.
"""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from requests.adapters import HTTPAdapter

from mlgate.errors import UsageError
from mlgate.model.project import DOCS

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLES: Final = (
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
)
"""Each names a file of certificates in PEM, or a folder of them as `openssl rehash` makes it."""
_SYSTEM: Final = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # Alpine, macOS
)
"""Where the system's store lies, for a Python whose OpenSSL was built to look elsewhere."""


def context(environ: Mapping[str, str]) -> ssl.SSLContext:
    """Return what verifies servers: requests' own authorities are added where it is used.

    Raises
    ------
    UsageError
        When a variable names what is not there, or holds no certificates.
    """
    made = ssl.create_default_context()
    if not made.cert_store_stats()["x509_ca"]:
        system = next((path for path in _SYSTEM if Path(path).is_file()), None)
        if system is not None:
            made.load_verify_locations(system)
    for name in VARIABLES:
        for path in _paths(name, environ.get(name, "")):
            _add(made, name, path)
    return made


def _paths(name: str, value: str) -> list[str]:
    """Return what a variable names; of several folders those that there are, as OpenSSL does."""
    if name != "SSL_CERT_DIR":
        return [value] if value else []
    listed = [path for path in value.split(os.pathsep) if path]
    return [path for path in listed if Path(path).exists()] or listed[:1]


def _add(made: ssl.SSLContext, name: str, path: str) -> None:
    try:
        if Path(path).is_dir():
            made.load_verify_locations(capath=path)
        else:
            made.load_verify_locations(cafile=path)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = error.strerror if isinstance(error, FileNotFoundError) else "no certificates in it"
        raise UsageError(
            f"{name} names {path!r}, which cannot be read: {reason}",
            hint=f"it must be a file of certificates in PEM; see {DOCS}/enterprise-server.md",
        ) from None


class TrustingAdapter(HTTPAdapter):
    """Verifies servers by one context, also behind a proxy."""

    def __init__(self, verifying: ssl.SSLContext) -> None:
        self.verifying = verifying
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make direct connections verify by the context."""
        super().init_poolmanager(*args, ssl_context=self.verifying, **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Make connections through a proxy do so, and those to the proxy itself."""
        if proxy.lower().startswith("http"):
            kwargs["proxy_ssl_context"] = self.verifying
        return super().proxy_manager_for(proxy, ssl_context=self.verifying, **kwargs)

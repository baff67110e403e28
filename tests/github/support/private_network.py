"""An authority of our own, a server that it vouches for, and a proxy: as inside a company."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

PEM = serialization.Encoding.PEM


class PrivateAuthority:
    """Signs certificates for this machine; `file` is what has to be trusted."""

    def __init__(self, folder: Path, name: str = "Acme") -> None:
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} Authority")])
        self.certificate = self._sign(self.name, self.key.public_key(), authority=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self.certificate.public_bytes(PEM))

    def server(self, *, days: int = 30) -> ssl.SSLContext:
        """Return what a server on 127.0.0.1 and localhost answers with."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "git.acme.example")])
        signed = self._sign(subject, key.public_key(), authority=False, days=days)
        file = self.folder / f"server-{days}.pem"
        private = key.private_bytes(
            PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(private + signed.public_bytes(PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _sign(self, subject, public, *, authority: bool, days: int = 30) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
        identifier = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=60))
            .not_valid_after(now + dt.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
                critical=False,
            )
        )
        if authority:
            usage = x509.KeyUsage(
                digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
                key_encipherment=False, data_encipherment=False, key_agreement=False,
                encipher_only=False, decipher_only=False,
            )  # fmt: skip
            builder = builder.add_extension(identifier, critical=False).add_extension(
                usage, critical=True
            )
        return builder.sign(self.key, hashes.SHA256())


@dataclass
class Gate:
    """Takes connections and passes their bytes on; `seen` is what they asked for."""

    port: int
    seen: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)


@contextlib.contextmanager
def encrypted(target: int, context: ssl.SSLContext):
    """Serve what a port serves, encrypted."""

    def take(gate, connection):
        with (
            contextlib.suppress(OSError),
            context.wrap_socket(connection, server_side=True) as ours,
        ):
            gate.seen.append("connection")
            _pass_on(ours, socket.create_connection(("127.0.0.1", target)))

    with _listening(take) as gate:
        yield gate


@contextlib.contextmanager
def proxy(*, login: str | None = None):
    """Serve a proxy that knows CONNECT alone; `login` is `user:password`."""

    def take(gate, connection):
        with contextlib.suppress(OSError), connection:
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(4096) or b"\r\n\r\n"
            lines = head.decode("latin-1").split("\r\n")
            gate.seen.append(lines[0])
            given = [
                line.split(None, 2)[-1] for line in lines if line.lower().startswith("proxy-auth")
            ]
            gate.logins += [base64.b64decode(one).decode() for one in given]
            verb, _, rest = lines[0].partition(" ")
            if login is not None and login not in gate.logins:
                connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            elif verb == "CONNECT":
                host, _, port = rest.split()[0].rpartition(":")
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _pass_on(connection, socket.create_connection((host, int(port))))

    with _listening(take) as gate:
        yield gate


@contextlib.contextmanager
def _listening(take):
    listener = socket.create_server(("127.0.0.1", 0))
    gate = Gate(listener.getsockname()[1])

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=take, args=(gate, connection), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield gate
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _pass_on(left, right):
    def pump(source, sink):
        with contextlib.suppress(OSError):
            while piece := source.recv(65_536):
                sink.sendall(piece)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    back = threading.Thread(target=pump, args=(right, left), daemon=True)
    back.start()
    pump(left, right)
    back.join()
    right.close()

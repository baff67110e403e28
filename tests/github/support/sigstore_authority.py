"""A Sigstore of our own: its trusted root, and attestations as `actions/attest` makes them.

One certificate authority, one log of certificates and one of signatures, each with a key that
lives as long as the object. Nothing in it is GitHub's, but everything is checked as theirs is.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import struct
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

ISSUER = "https://token.actions.githubusercontent.com"
ECDSA = ec.ECDSA(hashes.SHA256())
PAYLOAD = "application/vnd.in-toto+json"
LOG = "rekor.example"
FULCIO = "1.3.6.1.4.1.57264.1."
SCT_LIST = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def public(key) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.DER, form)


def der(tag: int, content: bytes) -> bytes:
    """A value of ASN.1 of less than 64 KiB."""
    size = len(content)
    length = bytes([size]) if size < 0x80 else b"\x82" + struct.pack("!H", size)
    return bytes([tag]) + length + content


class Authority:
    """Signs for whatever workflow it is told; `root` is what a verifier has to trust."""

    def __init__(self):
        self.ca, self.ct, self.rekor = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
        self.start = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(minutes=1)
        self.certificate = self._certificate_of_the_authority()

    @property
    def root(self) -> str:
        """The trusted root, as `gh attestation trusted-root` prints one."""
        valid = {"start": self.start.strftime("%Y-%m-%dT%H:%M:%SZ")}
        chain = {"certificates": [{"rawBytes": b64(encoded(self.certificate))}]}
        subject = {"organization": "example", "commonName": "authority"}
        authority = {"subject": subject, "uri": "https://fulcio.example", "certChain": chain,
                     "validFor": valid}  # fmt: skip
        return json.dumps({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log(LOG, self.rekor, valid)],
            "certificateAuthorities": [authority],
            "ctlogs": [log("ctlog.example", self.ct, valid)],
            "timestampAuthorities": [],
        })  # fmt: skip

    def attest(
        self, sha256: str, repository: str, workflow: str, commit: str, ref="refs/heads/main"
    ) -> dict:
        """A bundle about a file, signed in a run of a workflow (`https://…/x.yml@REF`)."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._certificate(key, repository, workflow, commit, ref)
        statement = {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": "model", "digest": {"sha256": sha256}}],
            "predicateType": "https://slsa.dev/provenance/v1",
            "predicate": {},
        }
        payload = json.dumps(statement).encode()
        head = f"DSSEv1 {len(PAYLOAD)} {PAYLOAD} {len(payload)} ".encode()
        signature = key.sign(head + payload, ECDSA)
        return {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                "certificate": {"rawBytes": b64(encoded(certificate))},
                "tlogEntries": [self._logged(certificate, payload, signature)],
            },
            "dsseEnvelope": {
                "payload": b64(payload),
                "payloadType": PAYLOAD,
                "signatures": [{"sig": b64(signature)}],
            },
        }

    def _certificate_of_the_authority(self):
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        builder = self._builder(name, self.ca.public_key(), dt.timedelta(days=1)).subject_name(name)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        return (
            builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self.ca.public_key()), critical=False
            )
            .sign(self.ca, hashes.SHA256())
        )

    def _certificate(self, key, repository, workflow, commit, ref):
        """As Fulcio makes it: logged before it is signed, with the log's promise in it."""
        usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.ca.public_key())
        issuer = self.certificate.subject
        builder = (
            self._builder(issuer, key.public_key(), dt.timedelta(minutes=10))
            .subject_name(x509.Name([]))
            .add_extension(usage, critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False
            )
            .add_extension(authority, critical=False)
            .add_extension(
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier(workflow)]),
                critical=True,
            )
        )
        facts = {8: ISSUER, 9: workflow, 12: repository, 13: commit, 14: ref}
        for number, value in facts.items():
            oid, text = ObjectIdentifier(f"{FULCIO}{number}"), der(0x0C, value.encode())
            builder = builder.add_extension(x509.UnrecognizedExtension(oid, text), critical=False)
        logged = builder.sign(self.ca, hashes.SHA256()).tbs_certificate_bytes
        promise = x509.UnrecognizedExtension(SCT_LIST, der(0x04, self._promise(logged)))
        return builder.add_extension(promise, critical=False).sign(self.ca, hashes.SHA256())

    def _builder(self, issuer, key, lasting):
        return (
            x509.CertificateBuilder()
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.start)
            .not_valid_after(self.start + lasting)
        )

    def _promise(self, certificate: bytes) -> bytes:
        """A list of one signed certificate timestamp (RFC 6962, 3.2 and 3.3)."""
        now = int(time.time() * 1000)
        issuer = hashlib.sha256(public(self.ca)).digest()
        entry = issuer + struct.pack("!I", len(certificate))[1:] + certificate
        signature = self.ct.sign(struct.pack("!BBQH", 0, 0, now, 1) + entry + b"\0\0", ECDSA)
        log_id = hashlib.sha256(public(self.ct)).digest()
        one = struct.pack("!B32sQHBBH", 0, log_id, now, 0, 4, 3, len(signature)) + signature
        return struct.pack("!HH", len(one) + 2, len(one)) + one

    def _logged(self, certificate, payload: bytes, signature: bytes) -> dict:
        """The one entry of a log, with the proof that it is in it and the promise that it will be."""
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        digest = {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()}
        signed = [{"signature": b64(signature), "verifier": b64(pem)}]
        spec = {"envelopeHash": digest, "payloadHash": digest, "signatures": signed}
        body = canonical({"apiVersion": "0.0.1", "kind": "dsse", "spec": spec})
        log_id, now = hashlib.sha256(public(self.rekor)).digest(), int(time.time())
        promise = {"body": b64(body), "integratedTime": now, "logID": log_id.hex(), "logIndex": 0}
        root = hashlib.sha256(b"\0" + body).digest()
        note = f"{LOG} - 1\n1\n{b64(root)}\n"
        seal = b64(log_id[:4] + self.rekor.sign(note.encode(), ECDSA))
        return {
            "logIndex": "0",
            "logId": {"keyId": b64(log_id)},
            "kindVersion": {"kind": "dsse", "version": "0.0.1"},
            "integratedTime": str(now),
            "inclusionPromise": {
                "signedEntryTimestamp": b64(self.rekor.sign(canonical(promise), ECDSA))
            },
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": b64(root),
                "treeSize": "1",
                "hashes": [],
                "checkpoint": {"envelope": f"{note}\n\u2014 {LOG} {seal}\n"},
            },
            "canonicalizedBody": b64(body),
        }


def encoded(certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def canonical(value: dict) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def log(name: str, key, valid: dict) -> dict:
    return {
        "baseUrl": f"https://{name}",
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": b64(public(key)),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": valid,
        },
        "logId": {"keyId": b64(hashlib.sha256(public(key)).digest())},
    }

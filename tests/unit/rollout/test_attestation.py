"""A real attestation of GitHub Actions: it holds, and everything that is wrong is told."""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from pathlib import Path

import pytest

from mlgate.errors import UsageError
from mlgate.rollout.attestation import Signer, check, signer_of

HERE = Path(__file__).parent / "attestations"
BUNDLE = (HERE / "reusable-workflow-attestation.sigstore.json").read_bytes()
SHA256 = hashlib.sha256((HERE / "reusable-workflow-artifact").read_bytes()).hexdigest()
COMMIT = "95baf27389e83e6a5c48f42e190d48d7abcea19e"
REPOSITORY = "malancas/attest-demo"
WORKFLOW = (
    "github/artifact-attestations-workflows/.github/workflows/attest.yml"
    "@09b495c3f12c7881b3cc17209a327792065c1a1d"
)
SIGNER = signer_of(REPOSITORY, WORKFLOW, "refs/heads/main", COMMIT)


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sigstore's public root, as the library carries it, so that no network is needed."""
    stores = resources.files("sigstore") / "_store"
    (text,) = [
        (store / "trusted_root.json").read_text()
        for store in stores.iterdir()
        if "sigstore.dev" in store.name and (store / "trusted_root.json").is_file()
    ]
    path = tmp_path_factory.mktemp("sigstore") / "root.json"
    path.write_text(text)
    return path


def test_a_real_attestation_holds(root: Path) -> None:
    assert check([BUNDLE], SHA256, SIGNER, root).holds


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"repository": "https://github.com/malancas/other"}, "malancas/attest-demo"),
        ({"commit": "0" * 40}, COMMIT),
        ({"ref": "refs/heads/feature"}, "refs/heads/main"),
        ({"workflow": SIGNER.workflow.replace("attest.yml", "a.yml")}, "attest.yml"),
    ],
)
def test_another_signer_does_not(root: Path, changed: dict[str, str], told: str) -> None:
    found = check([BUNDLE], SHA256, SIGNER.model_copy(update=changed), root)
    assert not found.holds
    assert told in found.reasons[0]


def test_another_file_does_not(root: Path) -> None:
    found = check([BUNDLE], hashlib.sha256(b"other").hexdigest(), SIGNER, root)
    assert found.reasons == ("it is of another file",)


def test_a_forged_one_does_not(root: Path) -> None:
    """The subject is changed to our file: then the signature does not fit any more."""
    bundle = json.loads(BUNDLE)
    payload = bundle["dsseEnvelope"]["payload"]
    bundle["dsseEnvelope"]["payload"] = payload[:-8] + "AAAAAAA="
    found = check([json.dumps(bundle).encode()], SHA256, SIGNER, root)
    assert not found.holds


def test_one_that_holds_among_others_is_enough(root: Path) -> None:
    assert check([b"{}", b"[]", b"no json", BUNDLE], SHA256, SIGNER, root).holds
    found = check([b"{}", b"no json"], SHA256, SIGNER, root)
    assert not found.holds
    assert len(found.reasons) == 2


def test_none_at_all(root: Path) -> None:
    assert check([], SHA256, SIGNER, root).reasons == ("it has no attestation",)


def test_another_authority_does_not_vouch(tmp_path: Path, root: Path) -> None:
    """As of a private repository, whose certificates are not Sigstore's public ones."""
    other = json.loads(root.read_text())
    other["certificateAuthorities"] = other["certificateAuthorities"][:0]
    path = tmp_path / "root.json"
    path.write_text(json.dumps(other))
    with pytest.raises(UsageError, match="trusted root"):
        check([BUNDLE], SHA256, SIGNER, path)


def test_several_roots_a_line_each(tmp_path: Path, root: Path) -> None:
    """As `gh attestation trusted-root` prints them: GitHub's own has no log."""
    public = json.loads(root.read_text())
    own = public | {"tlogs": [], "ctlogs": []}
    path = tmp_path / "roots.jsonl"
    path.write_text(f"{json.dumps(public)}\n{json.dumps(own)}\n")
    assert check([BUNDLE], SHA256, SIGNER, path).holds
    path.write_text(json.dumps(own))
    with pytest.raises(UsageError, match="has no transparency log"):
        check([BUNDLE], SHA256, SIGNER, path)


def test_one_of_a_private_repository_cannot_be_checked_and_says_what_can(root: Path) -> None:
    bundle = json.loads(BUNDLE)
    material = bundle["verificationMaterial"]
    del material["tlogEntries"]
    material["timestampVerificationData"] = {"rfc3161Timestamps": [{"signedTimestamp": "MAA="}]}
    found = check([json.dumps(bundle).encode()], SHA256, SIGNER, root)
    assert not found.holds
    assert "`gh attestation verify` can" in found.reasons[0]


@pytest.mark.parametrize("text", ["", "no json", "{}"])
def test_a_root_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "root.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="trusted root"):
        check([BUNDLE], SHA256, SIGNER, path)


def test_signers() -> None:
    own = signer_of("o/r", ".github/workflows/m.yml", "refs/heads/main", "c")
    assert own == Signer(
        repository="https://github.com/o/r",
        workflow="https://github.com/o/r/.github/workflows/m.yml@refs/heads/main",
        ref="refs/heads/main",
        commit="c",
    )
    with pytest.raises(UsageError, match="its ref is not given"):
        signer_of("o/r", "x/y/.github/workflows/m.yml", "refs/heads/main", "c")

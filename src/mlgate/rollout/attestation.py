"""GitHub's attestation of a model: who built it, by which workflow, from which commit.

`actions/attest` signs the digest of a file with a certificate that Sigstore issues to that one
workflow run; the certificate names repository, workflow, ref and commit
(https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md). Whoever can write the baseline
store cannot make one.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlgate.errors import UsageError
from mlgate.model.base import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ISSUER: Final = "https://token.actions.githubusercontent.com"
UNLOGGED: Final = (
    "it is signed by GitHub's own instance, as in private repositories, which keeps no"
    " transparency log: mlgate cannot check it, `gh attestation verify` can"
)


class Signer(Frozen):
    """The workflow run that must have signed.

    Attributes
    ----------
    repository
        `https://github.com/owner/name`.
    workflow
        The signing workflow with its ref, as the certificate names it:
        `https://github.com/owner/name/.github/workflows/model.yml@refs/heads/main`.
    ref, commit
        Of the repository, when the run began.
    """

    repository: str
    workflow: str
    ref: str
    commit: str


@dataclass(frozen=True, slots=True)
class Attested:
    """Whether one of the attestations holds; else why each of them does not."""

    holds: bool
    reasons: tuple[str, ...] = ()


def signer_of(
    repository: str, workflow: str, ref: str, commit: str, server: str = "https://github.com"
) -> Signer:
    """Return the signer.

    Parameters
    ----------
    repository
        `owner/name`.
    workflow
        A path in this repository (`.github/workflows/model.yml`), or a reusable workflow of
        another with the ref that it is used at (`owner/name/.github/workflows/f.yml@SHA`).
    """
    own = workflow.startswith(".github/")
    path = f"{repository}/{workflow}" if own else workflow
    if "@" not in path:
        if not own:
            msg = f"{workflow} is another repository's workflow, and its ref is not given"
            raise UsageError(msg, hint="write owner/name/.github/workflows/file.yml@REF")
        path = f"{path}@{ref}"
    return Signer(
        repository=f"{server}/{repository}", workflow=f"{server}/{path}", ref=ref, commit=commit
    )


def check(
    bundles: Sequence[bytes], sha256: str, signer: Signer, trusted_root: Path | None = None
) -> Attested:
    """Check whether one of the attestations is of this file and by this signer.

    Parameters
    ----------
    bundles
        Sigstore bundles (JSON), such as GitHub's API gives for a digest.
    trusted_root
        Sigstore's trusted root, as `gh attestation trusted-root` prints it; by default brought
        up to date if that is possible. Roots without a transparency log are left out.

    Raises
    ------
    UsageError
        When the package `sigstore` is not installed, or the trusted root cannot be read.
    """
    if not bundles:
        return Attested(holds=False, reasons=("it has no attestation",))
    verifiers = _verifiers(trusted_root)
    reasons: list[str] = []
    for bundle in bundles:
        problems = [_problem(verifier, bundle, sha256, signer) for verifier in verifiers]
        if None in problems:
            return Attested(holds=True)
        reasons += [problem for problem in problems if problem is not None]
    return Attested(holds=False, reasons=tuple(dict.fromkeys(reasons)))


def _verifiers(trusted_root: Path | None) -> list[Any]:
    try:
        from sigstore.errors import Error, TUFError, VerificationError
        from sigstore.models import TrustedRoot
        from sigstore.verify import Verifier
    except ImportError:
        msg = "attestations are checked by the package sigstore, which is not installed"
        raise UsageError(msg, hint="pip install 'mlgate[attestation]'") from None
    if trusted_root is None:
        try:
            return [Verifier.production()]
        except (TUFError, OSError):
            return [Verifier.production(offline=True)]
    verifiers = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            for file in _roots(trusted_root, Path(folder)):
                root = TrustedRoot.from_file(str(file))
                # GitHub's own has no log; older versions of sigstore look for its first one.
                with contextlib.suppress(VerificationError, IndexError):
                    verifiers.append(Verifier(trusted_root=root))
    except (OSError, ValueError, Error) as error:
        msg = f"the trusted root {trusted_root} cannot be read: {error}"
        raise UsageError(msg, hint="`gh attestation trusted-root` prints one") from None
    if not verifiers:
        msg = (
            f"the trusted root {trusted_root} has no transparency log, so that it is not Sigstore's"
        )
        raise UsageError(msg, hint="`gh attestation trusted-root` prints Sigstore's too")
    return verifiers


def _roots(path: Path, folder: Path) -> Iterator[Path]:
    """Return a file for each root: the file itself, or one for each of its lines (JSONL)."""
    text = path.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise ValueError("it is empty")
    if not all(line.startswith("{") and line.rstrip().endswith("}") for line in lines):
        yield path
        return
    for number, line in enumerate(lines):
        file = folder / f"{number}.json"
        file.write_text(line, encoding="utf-8")
        yield file


def _problem(verifier: Any, bundle: bytes, sha256: str, signer: Signer) -> str | None:
    """Say what is wrong with one attestation; None where nothing is."""
    from sigstore.errors import Error
    from sigstore.models import Bundle
    from sigstore.verify.policy import (
        AllOf,
        OIDCBuildSignerURI,
        OIDCIssuerV2,
        OIDCSourceRepositoryDigest,
        OIDCSourceRepositoryRef,
        OIDCSourceRepositoryURI,
    )

    policy = AllOf(
        [
            OIDCIssuerV2(ISSUER),
            OIDCSourceRepositoryURI(signer.repository),
            OIDCSourceRepositoryRef(signer.ref),
            OIDCSourceRepositoryDigest(signer.commit),
            OIDCBuildSignerURI(signer.workflow),
        ]
    )
    if _unlogged(bundle):
        return UNLOGGED
    try:
        _, payload = verifier.verify_dsse(Bundle.from_json(bundle), policy)
        subjects = json.loads(payload)["subject"]
        digests = {subject["digest"].get("sha256") for subject in subjects}
    except (Error, ValueError, KeyError, TypeError, AttributeError) as error:
        return " ".join(str(error).split()) or type(error).__name__
    return None if sha256 in digests else "it is of another file"


def _unlogged(bundle: bytes) -> bool:
    """Whether a time-stamping authority vouches for the time of signing, and no log does."""
    try:
        material = json.loads(bundle)["verificationMaterial"]
        return "timestampVerificationData" in material and not material.get("tlogEntries")
    except (ValueError, KeyError, TypeError, AttributeError):
        return False

"""Which variables look like credentials, by their name or by their value.

Light on purpose: it is imported before everything else, see `environment_block`. A name is read
in words: those between underscores, in any case of letters. docs/run.md lists what is here.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES: Final = re.compile(
    r"""
      SECRET(?!AR)                                        # anywhere
    | PASSWORD | PASSWD | PASSPHRASE | PASSCODE | CREDENTIAL
    | CONNECTION_?STRING | KUBE_?CONFIG_DATA
    | TOKEN (?= _ | \d* $ )                               # words that end so: not TOKENIZERS
    | (?: API | ACCESS | PRIVATE | ACCOUNT | SIGNING | ENCRYPTION | DEPLOY | SSH | GPG )
      _? KEYS? (?= _ | \d* $ )
    | KEYS? \d* $                                         # the last word: not KEYBOARD, KEY_SIZE
    | (?: ^ | _ ) (?: TOKENS | PASS | PW | PAT | AUTH | CREDS? ) \d* $
    | (?: ^ | _ ) (?: DSN | WEBHOOKS? | COOKIES? | BEARER | AUTHORIZATION ) (?= _ | $ )
    | [A-Z0-9] _ PWD $
    | (?: PG | DB | SQL | ROOT | USER | ADMIN ) (?: PASS | PWD | PW ) \d* $
    | ^ SSH_AUTH_SOCK $                                   # whoever has it can use the agent's keys
    """,
    re.VERBOSE,
)
"""Parts of names, in capitals and with underscores."""

VALUES: Final = re.compile(
    r"""
      [A-Za-z][A-Za-z0-9+.-]*:// [^\s/@:]* : [^\s/@]+ @   # an address with a password
    | [A-Za-z][A-Za-z0-9+.-]*:// [^\s/@:]{16,} @         # a token in the place of the user
    | [?&] (?: sig | signature | x-amz-signature | token | access_token | api_?key ) = [^\s&]{8}
    | \b gh[oprsu]_ [A-Za-z0-9]{16} | \b github_pat_ [A-Za-z0-9_]{16}
    | \b gl(?:pat|cbt|dt|rt|ptt|ft|soat|agent|imt|oas)- [\w-]{16}
    | \b xox[a-z]- [\w-]{10} | \b xapp- [\w-]{10} | \b hooks\.slack\.com/services/
    | \b [rs]k_ (?: live | test ) _ [A-Za-z0-9]{8} | \b (?: AKIA | ASIA ) [A-Z0-9]{16}
    | \b sk- (?: [a-z]+ \d* - ){0,3} (?= \w* \d ) \w{20}
    | \b hf_ [A-Za-z0-9]{16} | \b AIza [\w-]{30} | \b ya29\. [\w-]{16} | \b npm_ [A-Za-z0-9]{16}
    | \b pypi-AgE | \b dckr_pat_ | \b dop_v1_ | \b SG\. [\w-]{16,} \. [\w-]{16}
    | -----BEGIN\ [A-Z0-9 ]+-----                         # PEM
    | \b eyJ [\w-]{6,} \. eyJ [\w-]{6,} \. [\w-]*         # JWT
    | " (?: private_key | client_secret | refresh_token | access_token ) " \s* :
    | " auth " \s* : \s* " [A-Za-z0-9+/=]{8}               # what Docker logs in with
    | \b login \s+ \S+ \s+ password \s+ \S               # a line of a .netrc
    | \b client-key-data: \s* \S                          # a kubeconfig
    | (?: ^ | authorization: ) \s* (?: basic | bearer ) \s+ [A-Za-z0-9+/=_.-]{16}
    """,
    re.VERBOSE | re.IGNORECASE,
)

_HARMLESS: Final = frozenset({"", "true", "false", "yes", "no", "on", "off", "0", "1"})
_COUNTED: Final = re.compile(r"(?:TOKENS|KEYS?|PASS)\d*$")
_NEVER: Final = frozenset({"PATH", "HOME", "PWD", "SHELL", "USER", "LANG", "TMPDIR"})
_OWN_INPUTS: Final = frozenset({"INPUT_KEY"})
"""Inputs of our own actions that only sound like one: `key` names what a comment is found by."""
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_\s-]{24,}={0,2}")
_SHORTEST_COPY: Final = 8
_SHORTEST_PART: Final = 16


def looks_like_one(name: str, value: str) -> bool:
    """Whether a variable looks like a credential; a truth value never does.

    >>> looks_like_one("HF_TOKEN", "x"), looks_like_one("TOKENIZERS_PARALLELISM", "maybe")
    (True, False)
    >>> looks_like_one("MAX_TOKENS", "512"), looks_like_one("MIRROR", "https://me:pw@example.org")
    (False, True)
    """
    if value.strip().lower() in _HARMLESS:
        return False
    words = re.sub(r"[^A-Z0-9]+", "_", name.upper())
    if (
        words not in _OWN_INPUTS
        and NAMES.search(words)
        and not (_COUNTED.search(words) and re.fullmatch(r"\d{1,7}", value))
    ):
        return True
    return VALUES.search(value) is not None or VALUES.search(_decoded(value)) is not None


def _decoded(value: str) -> str:
    """Return the text that a value is the Base64 of, as files of keys are often passed; or none.

    >>> _decoded("bWFjaGluZSBleGFtcGxlLm9yZyBsb2dpbiBtZSBwYXNzd29yZCBw")
    'machine example.org login me password p'
    """
    if _BASE64.fullmatch(value.strip()) is None:
        return ""
    text = "".join(value.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return binascii.a2b_base64(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def names_in(environ: Mapping[str, str]) -> frozenset[str]:
    """Return the variables that look like credentials, and those that hold a copy of one."""
    return with_copies(
        environ, {name for name, value in environ.items() if looks_like_one(name, value)}
    )


def with_copies(environ: Mapping[str, str], names: set[str] | frozenset[str]) -> frozenset[str]:
    """Return names of variables, and of those that have the same value or hold it in a longer one.

    A short value counts as copied only where the whole value is the same, and a path never
    makes a part: it may be that of the home folder.
    """
    values = {environ[name] for name in names if len(environ[name]) >= _SHORTEST_COPY}
    parts = [v for v in values if len(v) >= _SHORTEST_PART and not v.startswith(("/", "~", "."))]
    copies = {
        name
        for name, value in environ.items()
        if name not in _NEVER and (value in values or any(part in value for part in parts))
    }
    return frozenset(names) | copies

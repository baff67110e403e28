"""The redactor: no spelling of a secret gets by, and no result is changed."""

from __future__ import annotations

import base64
import html
import io
import itertools
import json
import shlex
import string
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlgate import outgoing
from mlgate.errors import SecretInResultError
from mlgate.model.base import record_text
from mlgate.model.evidence import Evidence, Note
from mlgate.redaction import MASK, Redactor, parts, secrets_in
from mlgate.text import escape
from mlgate.text.terminal import harmless

CHARACTERS = string.ascii_letters + string.digits + string.punctuation + " éß🙂"
SECRETS = st.text(CHARACTERS, min_size=8, max_size=60).map(str.strip).filter(lambda s: len(s) >= 8)
WORDS = st.text(string.ascii_lowercase + " ", max_size=12)


def spellings(secret):
    """Yield a secret as programs write it."""
    yield secret
    for safe in ("", "/", ":/?#&=%@+,;~"):
        written = quote(secret, safe=safe)
        yield from (written, written if "%" in safe else lower_hex(written))
    yield from (quote_plus(secret), lower_hex(quote_plus(secret)))
    yield quote(quote(secret, safe=""), safe="")
    for ascii_only in (True, False):
        written = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        yield from (written, written.replace("/", "\\/"), json.dumps(written)[1:-1])
    yield from (html.escape(secret), html.escape(html.escape(secret)), escape.html(secret))
    yield from (escape.inline(secret), escape.url(secret), escape.block(secret), harmless(secret))
    yield from (
        repr(secret)[1:-1],
        ascii(secret)[1:-1],
        shlex.quote(secret).replace("'\"'\"'", "'"),
    )
    data = secret.encode()
    for before in (b"", b"x", b"xx", b"x-access-token:"):
        for after in (b"", b"y", b"yy"):
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                written = encode(before + data + after).decode()
                yield from (written, written.rstrip("="), quote(written, safe=""))


def lower_hex(written):
    pieces = written.split("%")
    return "%".join([pieces[0], *(piece[:2].lower() + piece[2:] for piece in pieces[1:])])


@settings(max_examples=150, deadline=None)
@example(secret="gh/s_Tok en+1", before="", after="")
@example(secret="@user:#12 :x:", before="", after="")
@example(secret="\\\\\\\\\\\\\\\\", before="", after="")
@example(secret="........", before="", after="")
@given(secret=SECRETS, before=WORDS, after=WORDS)
def test_no_spelling_of_a_secret_gets_by(secret, before, after):
    redactor = Redactor((("TOKEN", secret),))
    for written in spellings(secret):
        masked = redactor.mask(f"{before} {written} {after}")
        assert MASK in masked, written
        assert len(masked) <= len(before) + len(after) + len(MASK) + 34, (written, masked)


@settings(max_examples=200, deadline=None)
@given(secret=SECRETS, cuts=st.lists(st.integers(1, 200), max_size=6), data=st.data())
def test_a_secret_that_is_split_over_writes_is_found(secret, cuts, data):
    written = data.draw(st.sampled_from([secret, quote(secret, safe=""), json.dumps(secret)[1:-1]]))
    text, out = f"a {written} b", io.StringIO()
    with outgoing.redacting(Redactor((("TOKEN", secret),))):
        stream = outgoing.RedactedStream(out)
        places = [0, *sorted({cut for cut in cuts if cut < len(text)}), len(text)]
        for start, end in itertools.pairwise(places):
            stream.write(text[start:end])
            stream.flush()
        stream.finish()
        assert out.getvalue() == outgoing.redactor().mask(text)


@pytest.mark.parametrize(
    "secret",
    ["\\\\\\\\\\\\\\\\", "!\\!\\!\\!\\a1", "a" + 8 * "\\" + "b", "%%%%%%%%25", "&amp;&amp;a"],
)
@pytest.mark.parametrize(
    "text",
    [
        "\\",
        "%25",
        "&amp;",
        "!\\",
        " ",
        "+",
        "a",
        "%5c",
        "%255c",
        "\\x5c",
        "\\t",
        "&#92;",
        "&amp;#92;",
    ],
)
def test_no_text_takes_long(secret, text):
    redactor = Redactor((("TOKEN", secret),))

    def seconds(times):
        start = time.process_time()
        redactor.mask(f"{text * times} {secret} b a1 25")
        redactor.complete(text * times)
        redactor.complete(text * times + "z")
        return time.process_time() - start

    # Eight times the text takes eight times as long, sixty-four times where every start of a run
    # is tried to the end of it. Other processes only ever add: the quickest of some counts.
    short = seconds(5_000)
    assert any(seconds(40_000) < 24 * short + 0.2 for _ in range(5))


@given(st.text(max_size=200))
def test_a_text_without_a_secret_stays_as_it_is(text):
    redactor = Redactor((("TOKEN", "ghs_0123456789abcdef"),))
    assert redactor.mask(text) == text
    assert redactor.mask_bytes(text.encode("utf-8", "replace")) == text.encode("utf-8", "replace")


def test_what_is_not_utf8_stays_as_it_is():
    redactor = Redactor((("TOKEN", "ghs_0123456789"),))
    assert redactor.mask_bytes(b"\xff ghs_0123456789 \xfe") == b"\xff *** \xfe"


def test_values_that_overlap_leave_nothing_of_either():
    redactor = Redactor((("A", "abcdefgh1234"), ("B", "1234ijklmnop"), ("C", "abcdefgh1234-long")))
    assert redactor.mask("x abcdefgh1234ijklmnop y abcdefgh1234-long z") == "x *** y *** z"


@pytest.mark.parametrize(
    ("value", "held"),
    [
        ("short", []),
        ("a\n  line-of-a-key  \n", ["line-of-a-key"]),
        ("postgresql://model:pa55%2Bword@db/x", ["postgresql://model:pa55%2Bword@db/x", "pa55%2Bword", "pa55+word"]),
        ("https://ghs_0123456789@github.com/a/b", ["https://ghs_0123456789@github.com/a/b", "ghs_0123456789"]),
        ("AccountName=me;AccountKey=0123456789==;", ["AccountName=me;AccountKey=0123456789==;", "0123456789=="]),
        ('{"type": "service", "private_key": "abcdefgh\\nijklmnop"}', ['{"type": "service", "private_key": "abcdefgh\\nijklmnop"}', "abcdefgh", "ijklmnop"]),
    ],
)  # fmt: skip
def test_what_counts_of_a_value(value, held):
    assert list(parts(value)) == held


def test_secrets_are_known_by_name_or_by_form():
    environ = {
        "WANDB_API_KEY": "x", "DB_PASSWORD": "y", "TOKENIZERS_PARALLELISM": "false", "HOME": "/home/x",
        "DATABASE_URL": "postgresql://model:secret@db/x", "MIRROR": "https://example.org/simple",
        "SIGNING": "-----BEGIN RSA PRIVATE KEY-----\nabc", "SESSION": "eyJhbGciOi.eyJzdWIiOi.c2ln",
        "OTHER": "ghp_abcdefghijklmnopqrst",
    }  # fmt: skip
    assert set(secrets_in(environ)) == {
        "WANDB_API_KEY", "DB_PASSWORD", "DATABASE_URL", "SIGNING", "SESSION", "OTHER",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text", ["12345678", "loss 0.12345678", "by 12345678 points.", "1.5e12345678", "-12345678%", "at 99:12345678"]
)  # fmt: skip
def test_a_number_is_never_changed(text):
    redactor = Redactor((("PIN", "12345678"),))
    with pytest.raises(
        SecretInResultError, match="the environment variable PIN is also part of a num"
    ):
        redactor.prose(text)
    assert redactor.mask(text) != text  # a log is no result


def test_digits_within_a_word_are_no_number():
    redactor = Redactor((("PIN", "12345678"),))
    assert redactor.prose("commit ab12345678cd") == "commit ab***cd"


@pytest.mark.parametrize("secret", ["accuracy", "12345678", "passpass", "sha256:00", "2026-11-"])
def test_a_secret_in_a_name_a_code_or_a_number_of_a_record_is_an_error(secret):
    record = Evidence(
        check="data", tool="1", commit="passpass", created="2026-11-28", policy_digest="sha256:00",
        metrics={"accuracy": {"title": "x", "value": 0.123456789, "method": "m"}},
    )  # fmt: skip
    redactor = Redactor((("PASSWORD", secret),))
    with outgoing.redacting(redactor), pytest.raises(SecretInResultError) as raised:
        record_text(record, "evidence/data.json")
    assert secret not in str(raised.value)
    assert "PASSWORD" in str(raised.value)


def test_prose_of_a_record_is_redacted():
    note = Note(level="info", text="read with hunter2hunter2")
    record = Evidence(
        check="data", tool="1", commit=None, created="x", notes=(note,), error="no hunter2hunter2",
        refused={"data": "hunter2hunter2"}, inputs={"x/hunter2hunter2.csv": "sha256:1"},
    )  # fmt: skip
    with outgoing.redacting(Redactor((("PASSWORD", "hunter2hunter2"),))):
        text = record_text(record, "evidence/data.json")
    assert "hunter2" not in text
    assert text.count(MASK) == 4
    assert "hunter2" in record.to_json()  # the record itself is as it was measured


@pytest.mark.parametrize("name", ["a.json", "a.yaml", "a.parquet", "a.jsonl"])
def test_a_secret_in_a_file_for_programs_is_an_error(name):
    with outgoing.redacting(Redactor((("PASSWORD", "hunter2hunter2"),))):
        with pytest.raises(SecretInResultError):
            outgoing.file_content(name, b"PAR1\xff hunter2hunter2")
        assert outgoing.file_content("a.md", "x hunter2hunter2") == b"x ***"


def test_names_of_a_json_result_are_never_changed():
    with outgoing.redacting(Redactor((("PASSWORD", "hunter2hunter2"),))):
        assert json.loads(outgoing.json_text('{"reason": "hunter2hunter2"}', "it")) == {
            "reason": MASK
        }
        for text in ('{"id": "hunter2hunter2"}', '{"hunter2hunter2": 1}'):
            with pytest.raises(SecretInResultError):
                outgoing.json_text(text, "it")


def test_a_redactor_shows_no_value():
    redactor = Redactor((("PASSWORD", "hunter2hunter2"),))
    assert "hunter2" not in f"{redactor!r} {redactor}"

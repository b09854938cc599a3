"""The conditions that spare the redactor an expression never spare it one that would have matched."""

from hypothesis import given
from hypothesis import strategies as st

from shop.core.logs.redaction import _PATTERNS, redact_text

PIECES = st.sampled_from(
    [
        *("13812345678", "+86 138-1234-5678", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "eyJhbGciOi.eyJzdWIiOi.c2ln"),
        *("-----BEGIN KEY-----", "-----END KEY-----", "Bearer", "basic\t", "abcdefgh", "token", "phone"),
        *("=", ":", " : ", "'x y'", "redis://u:pw@host", "://", "@", " ", "\n", "\u3000", "\x1c", "1", "o"),
    ]
)


@given(st.lists(PIECES | st.text(max_size=12), max_size=8).map("".join))
def test_the_text_is_the_same_as_with_every_expression_tried(text: str):
    expected = text
    for pattern, replacement, _may_occur in _PATTERNS:
        expected = pattern.sub(replacement, expected)
    assert redact_text(text) == expected

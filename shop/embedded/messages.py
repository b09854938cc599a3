"""What this package says to people: Chinese first, English below."""

import sys


class EmbeddedError(Exception):
    """Something the operator can understand and mend; the text is bilingual and needs no traceback."""

    def __init__(self, zh: str, en: str, *, detail: str = "") -> None:
        self.zh, self.en, self.detail = zh, en, detail
        super().__init__("\n".join(part for part in (zh, en, detail) if part))


def say(zh: str, en: str = "", *, detail: str = "") -> None:
    """Print a message for the operator at once, even when the output is a pipe."""
    for line in (zh, en, detail):
        if line:
            print(line, file=sys.stderr, flush=True)

"""A handful of helpers that write HTML; every value is escaped here and nowhere else."""

import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

GOOD = {"SUCCESS", "acked", "FINISHED"}
WARN = {
    "NOTPAY",
    "PROCESSING",
    "WAIT_USER_CONFIRM",
    "REFUND",
    "waiting",
    "TRANSFERING",
    "CANCELING",
    "ACCEPTED",
}
BAD = {"ABNORMAL", "CLOSED", "FAIL", "CANCELLED", "given_up"}


class Safe(str):
    """Markup that is already escaped."""

    __slots__ = ()


def text(value: object) -> Safe:
    return value if isinstance(value, Safe) else Safe(escape(str(value)))


def span(value: object, kind: str) -> Safe:
    return Safe(f'<span class="{kind}">{text(value)}</span>')


def state(value: str) -> Safe:
    tone = "good" if value in GOOD else "warn" if value in WARN else "bad" if value in BAD else ""
    return span(value, f"tag {tone}")


def money(fen: int) -> Safe:
    return span(f"¥{fen / 100:.2f}", "money")


def button(label: str, path: str, body: dict[str, Any] | None = None, *, kind: str = "", **data: str) -> Safe:
    """A button that calls the control plane; ``data`` become data-attributes (method, quiet)."""
    extra = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
    payload = escape(json.dumps(body or {}, ensure_ascii=False))
    return Safe(
        f'<button type="button" class="act {kind}" data-path="{escape(path)}" data-body="{payload}"{extra}>'
        f"{text(label)}</button>"
    )


def join(parts: Iterable[object]) -> Safe:
    return Safe("".join(text(part) for part in parts))


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> Safe:
    if not rows:
        return Safe(f'<div class="empty">{text(empty)}</div>')
    head = "".join(f"<th>{text(name)}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return Safe(
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def section(name: str, title: str, content: Safe) -> Safe:
    return Safe(f'<section id="{escape(name)}"><h2>{text(title)}</h2>{content}</section>')


def bar(*parts: object) -> Safe:
    return Safe(f'<div class="bar">{join(parts)}</div>')

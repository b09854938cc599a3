"""Reads catalogues and finds translatable strings without the gettext tools, which may be missing."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
APPS = ("shop", "catalog", "members", "promotions", "orders", "distribution", "admin_ui")
CATALOGUE = ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"
THEME_CATALOGUE = ROOT / "locale/vendor/zh_Hans/LC_MESSAGES/django.po"

SINGULAR = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
CONTEXT = {"pgettext", "pgettext_lazy"}
CONTEXT_PLURAL = {"npgettext", "npgettext_lazy"}
_CALL = re.compile(r"(?<![\w.])(\w+)\(")


def sources() -> Iterator[Path]:
    """Return every Python file and template of ours."""
    for app in APPS:
        for suffix in ("*.py", "*.html", "*.txt"):
            for path in sorted((ROOT / app).rglob(suffix)):
                if "migrations" not in path.parts:
                    yield path


def message_ids(path: Path) -> set[str]:
    """Return the translatable strings of a file; with a context as ``context\\x04string``."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return set(_python_ids(ast.parse(text)))
    return set(_template_ids(text))


def _python_ids(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
            yield from _call_id(name, node)


def _call_id(name: str | None, node: ast.Call) -> Iterator[str]:
    words = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
    texts = [word for word in words if isinstance(word, str)]
    if name in SINGULAR | PLURAL and texts:
        yield texts[0]
    elif name in CONTEXT | CONTEXT_PLURAL and len(texts) >= 2:
        yield f"{texts[0]}\x04{texts[1]}"


def _template_ids(text: str) -> Iterator[str]:
    """Django turns a template into calls such as `` _('...') `` between filler; read those calls."""
    code = templatize(text)
    for call in re.finditer(r"(?<!\w)(_|ngettext|pgettext|npgettext|gettext)\(", code):
        end = code.find("\n", call.start()) if "'''" not in code[call.end() : call.end() + 4] else -1
        yield from _parse_call(code[call.start() : None if end < 0 else end])


def _parse_call(code: str) -> Iterator[str]:
    for end in (match.end() for match in re.finditer(r"\)", code)):
        try:
            node = ast.parse(code[:end].strip(), mode="eval").body
        except SyntaxError:
            continue
        if isinstance(node, ast.Call):
            yield from _call_id(getattr(node.func, "id", None), node)
        return


def read_catalogue(path: Path) -> dict[str, list[str]]:
    """Return id -> translations (one per plural form) of a .po file; fuzzy entries count as missing."""
    entries: dict[str, list[str]] = {}
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        fields = _fields(lines)
        if "msgid" not in fields or not fields["msgid"] or re.search(r"^#,.*\bfuzzy\b", block, re.M):
            continue
        key = f"{fields['msgctxt']}\x04{fields['msgid']}" if "msgctxt" in fields else fields["msgid"]
        entries[key] = [text for name, text in fields.items() if name.startswith("msgstr")]
    return entries


def _fields(lines: list[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in lines:
        if not line.startswith('"'):
            name, _blank, line = line.partition(" ")
            fields[name] = ""
        fields[name] += ast.literal_eval(line)
    return fields

"""Money is an integer number of fen, always; this is the only place that divides or formats it."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

MAX_FEN = 10**12
"""Ten thousand million yuan: larger than any amount of the shop, far below what a bigint holds."""

_YUAN = re.compile(
    r"(?P<sign>[-+]?)[¥￥]?(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<cents>\d{1,2}))?", re.ASCII
)


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split ``total`` fen in proportion to ``weights`` so that the parts sum to exactly ``total``.

    Largest remainder: each part is the exact share rounded down or up, so it is off by less than one fen,
    and a larger weight never gets a smaller part. Equal remainders go to the earlier position. A negative
    total is the mirror image of the positive one. Weights are not negative; if all are zero (or there are
    none) only a total of zero can be split, anything else raises ``ValueError``.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("A weight is negative.")
    if total < 0:
        return [-part for part in allocate(-total, weights)]
    whole = sum(weights)
    if whole == 0:
        if total:
            raise ValueError("Nothing to allocate to: every weight is zero.")
        return [0] * len(weights)
    parts, remainders = [], []
    for position, weight in enumerate(weights):
        part, remainder = divmod(total * weight, whole)
        parts.append(part)
        remainders.append((-remainder, position))
    for _remainder, position in sorted(remainders)[: total - sum(parts)]:
        parts[position] += 1
    return parts


def format_yuan(fen: int) -> str:
    """Return an amount as yuan with two decimals: ``1234`` -> ``"12.34"``."""
    sign = "-" if fen < 0 else ""
    yuan, cents = divmod(abs(fen), 100)
    return f"{sign}{yuan}.{cents:02d}"


def parse_yuan(text: str) -> int:
    """Return the fen of an amount in yuan as people type it: ``"12"``, ``"12.3"``, ``"¥1,234.50"``, ``"-3"``.

    Raises ``ValueError`` for anything else: fractions of a fen, exponents, more than ``MAX_FEN``.
    """
    match = _YUAN.fullmatch(text.strip())
    if match is None or len(match["whole"]) > 20:
        raise ValueError("This is not an amount in yuan with at most two decimals.")
    fen = int(match["whole"].replace(",", "")) * 100 + int((match["cents"] or "").ljust(2, "0"))
    if fen > MAX_FEN:
        raise ValueError("The amount is too large.")
    return -fen if match["sign"] == "-" else fen


class YuanFormField(forms.CharField):
    """Shows and reads an amount of fen as yuan, so that staff never count zeros."""

    default_error_messages = {
        "invalid": _("Enter an amount in yuan with at most two decimals, such as 12.50."),
        "min_value": _("Enter at least %(limit)s yuan."),
        "max_value": _("Enter at most %(limit)s yuan."),
    }

    def __init__(self, *, min_fen: int = -MAX_FEN, max_fen: int = MAX_FEN, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.min_fen = min_fen
        self.max_fen = max_fen

    def prepare_value(self, value: Any) -> Any:
        """Show stored fen as yuan; leave what the user typed as it is."""
        return format_yuan(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]
        """Return fen, or ``None`` when empty."""
        if isinstance(value, int):
            return value
        text = super().to_python(value)
        if not text:
            return None
        try:
            return parse_yuan(text)
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error

    def validate(self, value: Any) -> None:
        """Refuse a missing amount and one out of bounds."""
        super().validate(value)
        if value is not None and value < self.min_fen:
            limit = {"limit": format_yuan(self.min_fen)}
            raise ValidationError(self.error_messages["min_value"], code="min_value", params=limit)
        if value is not None and value > self.max_fen:
            limit = {"limit": format_yuan(self.max_fen)}
            raise ValidationError(self.error_messages["max_value"], code="max_value", params=limit)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare amounts, not spellings: ``12.5`` and ``12.50`` are the same."""
        try:
            return bool(self.to_python(initial) != self.to_python(data))
        except ValidationError:
            return True


class FenField(models.BigIntegerField):
    """An amount in fen. Between ``-MAX_FEN`` and ``MAX_FEN``; forms show and read yuan.

    Whether negative amounts make sense is the table's business: add ``validators`` and a CHECK there.
    """

    description = _("Amount in fen")
    default_validators = [MinValueValidator(-MAX_FEN), MaxValueValidator(MAX_FEN)]

    def formfield(self, **kwargs: Any) -> Any:
        """Return a form field in yuan, bounded by this field's validators."""
        bounds = {
            "min_fen": max(v.limit_value for v in self.validators if isinstance(v, MinValueValidator)),
            "max_fen": min(v.limit_value for v in self.validators if isinstance(v, MaxValueValidator)),
        }
        kwargs.pop("widget", None)
        return models.Field.formfield(self, **{"form_class": YuanFormField, **bounds, **kwargs})

"""Path parameters: what does not look like an id or a number is simply not found."""

from django.urls import register_converter

MAX_ID = 2**63 - 1


class IdConverter:
    """``<id:product_id>``: a row id that fits PostgreSQL's bigint; anything else is a 404."""

    regex = "[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        """Return the id; ``ValueError`` (no match) above 2^63 - 1."""
        number = int(value)
        if number > MAX_ID:
            raise ValueError(value)
        return number

    def to_url(self, value: int | str) -> str:
        """Return the path text of an id."""
        return str(value)


class NumberConverter:
    """``<number:number>``: the public number of an order, payment, refund, …."""

    regex = "[0-9A-Z]{1,32}"

    def to_python(self, value: str) -> str:
        """Return the number as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return the path text of a number."""
        return value


def register() -> None:
    """Make ``<id:…>`` and ``<number:…>`` known to Django's URL patterns."""
    register_converter(IdConverter, "id")
    register_converter(NumberConverter, "number")

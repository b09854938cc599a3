"""Who gets what answer where: one row per route and method. A route that is not listed fails the suite.

``anonymous``: no token. ``member``: a fresh member who owns nothing. A path with parameters is called with
the sample given; it names nothing that exists, so a member gets 404. Bodies are empty, so a method that needs
a body answers 400 to whoever may call it. Floors above add their rows to ``TABLE``.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    route: str
    method: str
    anonymous: int
    member: int
    sample: str = ""

    @property
    def path(self) -> str:
        return "/" + (self.sample or self.route)


TABLE: tuple[Row, ...] = (
    Row("healthz", "GET", 200, 200),
    Row("readyz", "GET", 200, 200),
    Row("metrics", "GET", 403, 403),
    Row("api/schema/", "GET", 200, 200),
    Row("api/docs/", "GET", 200, 200),
    Row("api/v1/auth/refresh", "POST", 400, 400),
    Row("api/v1/auth/logout", "POST", 401, 400),
)

CONSOLE_PREFIX = "admin/"
"""Console pages have a table of their own; here they only must turn away whoever is not staff."""

"""access_token: the stable family and the old one, each with its own rotation rules."""

from typing import Any

from shop.sandbox import ids
from shop.sandbox.box import Box
from shop.sandbox.errors import MiniError
from shop.sandbox.mini.calls import MiniCall
from shop.sandbox.schema import Flag, Text, shape
from shop.sandbox.store import Row

LIFE_SECONDS = 7200
OVERLAP_SECONDS = 300
FORCED_SPACING_SECONDS = 30
FORCED_PER_DAY = 20

STABLE = shape(
    grant_type=Text(required=True),
    appid=Text(required=True),
    secret=Text(required=True),
    force_refresh=Flag(),
)


def check(box: Box, token: str) -> None:
    """Raises 41001 missing, 40014/40001 unknown or revoked, 42001 expired."""
    if not token:
        raise MiniError(41001, "access_token missing")
    row = box.store.one("SELECT * FROM tokens WHERE token = ?", token)
    if row is None or row["revoked"]:
        raise MiniError(40001, "invalid credential, access_token is invalid or not latest")
    if box.now() >= row["expires_at"]:
        raise MiniError(42001, "access_token expired")


def check_credentials(box: Box, fields: dict[str, Any]) -> None:
    """appid, secret and grant_type of the two token calls."""
    if fields.get("appid") != box.identity.appid:
        raise MiniError(40013, "invalid appid")
    if fields.get("secret") != box.identity.secret:
        raise MiniError(40125, "invalid appsecret")


def stable(box: Box, call: MiniCall) -> dict[str, Any]:
    """The same token until five minutes before its end; the old one then lives five minutes more."""
    if call.body["grant_type"] != "client_credential":
        raise MiniError(40002, "invalid grant_type")
    check_credentials(box, call.body)
    now, current = box.now(), _current(box)
    if call.body.get("force_refresh"):
        _check_forced(box, now)
        box.store.run("UPDATE tokens SET revoked = 1 WHERE family = 'stable'")
        return _issue(box, "stable", now, forced=1)
    if current is not None and current["expires_at"] - now > OVERLAP_SECONDS:
        return {"access_token": current["token"], "expires_in": int(current["expires_at"] - now)}
    if current is not None:
        # The rotated token stays good for five minutes, whatever was left of it.
        box.store.run(
            "UPDATE tokens SET expires_at = ? WHERE token = ?", now + OVERLAP_SECONDS, current["token"]
        )
    return _issue(box, "stable", now)


def _current(box: Box) -> Row | None:
    return box.store.one(
        "SELECT * FROM tokens WHERE family = 'stable' AND revoked = 0 AND expires_at > ?"
        " ORDER BY issued_at DESC LIMIT 1",
        box.now(),
    )


def _check_forced(box: Box, now: float) -> None:
    forced = box.store.all(
        "SELECT issued_at FROM tokens WHERE forced = 1 AND issued_at > ? ORDER BY issued_at DESC", now - 86400
    )
    if forced and now - forced[0]["issued_at"] < FORCED_SPACING_SECONDS:
        raise MiniError(45011, "api minute-quota reach limit, must slower, retry next minute")
    if len(forced) >= FORCED_PER_DAY:
        raise MiniError(45009, "reach max api daily quota limit")


def plain(box: Box, call: MiniCall) -> dict[str, Any]:
    """GET /cgi-bin/token: a new token at every call, the previous one of this family dies."""
    if call.query.get("grant_type") != "client_credential":
        raise MiniError(40002, "invalid grant_type")
    check_credentials(box, call.query)
    box.store.run("UPDATE tokens SET revoked = 1 WHERE family = 'plain'")
    return _issue(box, "plain", box.now())


def _issue(box: Box, family: str, now: float, *, forced: int = 0) -> dict[str, Any]:
    token = f"{ids.digits(2)}_{ids.letters(133)}"
    box.store.insert(
        "tokens", token=token, family=family, issued_at=now, expires_at=now + LIFE_SECONDS, forced=forced
    )
    return {"access_token": token, "expires_in": LIFE_SECONDS}

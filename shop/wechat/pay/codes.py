"""Error codes of WeChat Pay, spelled one way. WeChat writes ``ORDERPAID`` and ``ORDER_PAID``."""

_CANONICAL = (
    "PARAM_ERROR",
    "INVALID_REQUEST",
    "APPID_MCHID_NOT_MATCH",
    "MCH_NOT_EXISTS",
    "ORDER_CLOSED",
    "ORDER_PAID",
    "ORDER_NOT_EXIST",
    "OUT_TRADE_NO_USED",
    "NO_STATEMENT_EXIST",
    "STATEMENT_CREATING",
    "SIGN_ERROR",
    "NO_AUTH",
    "RULE_LIMIT",
    "TRADE_ERROR",
    "ACCOUNT_ERROR",
    "NOT_ENOUGH",
    "NOT_FOUND",
    "USER_ACCOUNT_ABNORMAL",
    "RESOURCE_NOT_EXISTS",
    "RESOURCE_ALREADY_EXISTS",
    "FREQUENCY_LIMITED",
    "SYSTEM_ERROR",
    "BANK_ERROR",
    "OPENID_MISMATCH",
    "INVALID_TRANSACTIONID",
)
_ALIASES = {
    "ORDERNOTEXISTS": "ORDER_NOT_EXIST",
    "RATELIMITEXCEEDED": "FREQUENCY_LIMITED",
    "RATELIMITEXCEED": "FREQUENCY_LIMITED",
    "RATELIMIT": "FREQUENCY_LIMITED",
    "FREQUENCYLIMIT": "FREQUENCY_LIMITED",
    "RESOURCENOTEXIST": "RESOURCE_NOT_EXISTS",
    "MCHNOTEXIST": "MCH_NOT_EXISTS",
    "BANKERR": "BANK_ERROR",
}
_BY_BARE = {code.replace("_", ""): code for code in _CANONICAL} | _ALIASES

RATE_LIMITED = "FREQUENCY_LIMITED"
INDEFINITE = frozenset({"SYSTEM_ERROR", "BANK_ERROR", "ERROR", RATE_LIMITED})
"""Codes that never tell whether the call had an effect, whatever HTTP status they come with."""


def normalise(code: str) -> str:
    """Return the canonical spelling of a code; an unknown code comes back as WeChat wrote it."""
    return _BY_BARE.get(code.replace("_", "").upper(), code)

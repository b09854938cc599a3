"""What may be said about an exception: enough to find it, nothing that it carries.

Messages of database and HTTP errors quote the values they failed on, which may be personal data; so the
text that we store and log names the type, the SQLSTATE and the place, never the message.
"""

import traceback

from shop.core.db import sqlstate
from shop.core.errors import ShopError


def describe_failure(error: BaseException) -> str:
    """Return for example ``IntegrityError (SQLSTATE 23505) at posting.py:71 in post_many``."""
    name = type(error).__name__
    code = sqlstate(error)
    if isinstance(error, ShopError):
        name = f"{name} {error.code}"
    elif code:
        name = f"{name} (SQLSTATE {code})"
    frames = traceback.extract_tb(error.__traceback__)
    if frames:
        last = frames[-1]
        name = f"{name} at {last.filename.rpartition('/')[2]}:{last.lineno} in {last.name}"
    return name[:500]

"""Numbers and times in the shapes that WeChat uses."""

import datetime
import secrets
import string

BEIJING = datetime.timezone(datetime.timedelta(hours=8))
_ALNUM = string.ascii_letters + string.digits


def digits(length: int) -> str:
    return "".join(secrets.choice(string.digits) for _ in range(length))


def letters(length: int) -> str:
    return "".join(secrets.choice(_ALNUM) for _ in range(length))


def day_stamp(moment: float) -> str:
    return beijing(moment).strftime("%Y%m%d")


def transaction_id(moment: float) -> str:
    """28 digits, like 4200001234202611215678901234."""
    return "420000" + digits(4) + day_stamp(moment) + digits(10)


def refund_id(moment: float) -> str:
    return "5030" + digits(6) + day_stamp(moment) + digits(11)


def transfer_bill_no(moment: float) -> str:
    return "133000" + digits(12) + day_stamp(moment) + digits(14)


def sharing_id(moment: float) -> str:
    return "3008" + digits(6) + day_stamp(moment) + digits(10)


def prepay_id(moment: float) -> str:
    return "wx" + beijing(moment).strftime("%d%H%M%S") + digits(6) + secrets.token_hex(9) + "0000"


def openid() -> str:
    return "o" + letters(27)


def beijing(moment: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(moment, BEIJING)


def rfc3339(moment: float) -> str:
    """Whole seconds with +08:00, as every time in WeChat Pay."""
    return beijing(moment).replace(microsecond=0).isoformat()


def date_of(moment: float) -> str:
    return beijing(moment).strftime("%Y-%m-%d")


def bill_time(moment: float) -> str:
    return beijing(moment).strftime("%Y-%m-%d %H:%M:%S")

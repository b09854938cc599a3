"""A member's nickname, picture, birthday and gender.

A nickname passes WeChat's content security before it is shown: risky is refused; what WeChat leaves to a
person, or cannot say just now, is held as a :class:`ProfileCheck` and the old value stands. A picture is
always held: WeChat's verdict about it comes later by message push.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from members.errors import ContentRefused, WechatIdentityMissing
from members.models import Member, ProfileCheck
from members.queries import active_member, openid_of
from members.rules import EARLIEST_BIRTHDAY
from members.services.completeness import reward_profile
from members.services.locking import lock_member
from members.services.uploads import use_for_profile
from members.wechat import judge_nickname
from shop.core import clock
from shop.core.db import in_transaction
from shop.core.errors import FieldError, InvalidInput
from shop.wechat.mini.types import Suggestion

WECHAT_PICTURES = frozenset({"thirdwx.qlogo.cn", "wx.qlogo.cn"})
"""Hosts of the pictures that WeChat shows itself, and so has checked."""

FIRST_RETRY = timedelta(minutes=1)
_PATH = re.compile(r"/[\w./\-]+", re.ASCII)
_NICKNAME, _AVATAR = ProfileCheck.Field.NICKNAME, ProfileCheck.Field.AVATAR


def update_profile(*, member_id: int, changes: Mapping[str, Any]) -> Member:
    """Change what ``changes`` names of nickname, avatar, birthday and gender; return the member.

    Asks WeChat about a new nickname before the transaction, which locks the member. Raises
    ``ContentRefused`` (400) for a risky one, ``InvalidInput`` for a picture from elsewhere or a birthday that
    cannot be, ``TokenInvalid`` for a closed account; nothing is written then.
    """
    member = active_member(member_id)
    wanted = dict(changes)
    if "avatar" in wanted:
        wanted["avatar"] = clean_picture(wanted["avatar"])
    _check_birthday(wanted.get("birthday"))
    verdict = _ask_about_nickname(member, wanted.get("nickname"))
    return _write(member_id=member_id, wanted=wanted, verdict=verdict)


def clean_picture(url: str) -> str:
    """Return the address of a picture as it is stored: the path of one of our uploads, or WeChat's own URL.

    Raises ``InvalidInput`` for any other host: a picture elsewhere could change after it was checked.
    """
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname in WECHAT_PICTURES and "@" not in parts.netloc:
        return url
    path = url.removeprefix(settings.SHOP_BASE_URL)
    media = settings.MEDIA_URL
    if not url or (path.startswith(media) and _PATH.fullmatch(path) and ".." not in path):
        return path
    detail = _("Upload the picture first, or use the one WeChat gives.")
    raise InvalidInput(errors=[FieldError("avatar", "foreign_picture", detail)])


def picture_url(path: str) -> str:
    """Return a picture's absolute address, as WeChat fetches it."""
    return f"{settings.SHOP_BASE_URL}{path}" if path.startswith("/") else path


def _check_birthday(birthday: date | None) -> None:
    if birthday is not None and not EARLIEST_BIRTHDAY <= birthday <= clock.today():
        detail = _("A birthday lies between 1900 and today.")
        raise InvalidInput(errors=[FieldError("birthday", "out_of_range", detail)])


def _ask_about_nickname(member: Member, nickname: str | None) -> str:
    """Return WeChat's verdict about a nickname that really changes; raises ``ContentRefused``."""
    if not nickname or nickname == member.nickname:
        return Suggestion.PASS
    try:
        openid = openid_of(member.pk)
    except WechatIdentityMissing:
        return Suggestion.REVIEW
    verdict = judge_nickname(openid=openid, nickname=nickname, in_request=True)
    if verdict == Suggestion.RISKY:
        detail = _("Please choose another nickname.")
        raise ContentRefused(errors=[FieldError("nickname", "content_refused", detail)])
    return verdict


@in_transaction
def _write(*, member_id: int, wanted: dict[str, Any], verdict: str) -> Member:
    member = lock_member(member_id=member_id)
    if "nickname" in wanted:
        _forget_check(member, _NICKNAME)
        if verdict != Suggestion.PASS:
            _hold(member, _NICKNAME, wanted.pop("nickname"), review=verdict == Suggestion.REVIEW)
    if "avatar" in wanted:
        _forget_check(member, _AVATAR)
        use_for_profile(member_id=member_id, url=wanted["avatar"])
        if wanted["avatar"].startswith("/") and wanted["avatar"] != member.avatar:
            _hold(member, _AVATAR, wanted.pop("avatar"), review=False)
    for name, value in wanted.items():
        setattr(member, name, value)
    if wanted:
        member.save(update_fields=list(wanted))
        reward_profile(member)
    return member


def _forget_check(member: Member, field: str) -> None:
    ProfileCheck.objects.filter(member=member, field=field).delete()


def _hold(member: Member, field: str, value: str, *, review: bool) -> None:
    """Insert a check: a new row each time, so that nobody decides about a value they have not seen."""
    now = clock.wall()
    wait = timedelta() if field == _AVATAR else FIRST_RETRY
    ProfileCheck.objects.create(
        member=member,
        field=field,
        value=value,
        state=ProfileCheck.State.REVIEW if review else ProfileCheck.State.WAITING,
        due_at=None if review else now + wait,
        created_at=now,
    )

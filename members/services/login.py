"""Logging in with WeChat: one person is one member, however many logins arrive at once."""

from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError

from members.events import MemberJoined
from members.models import Member, WechatIdentity
from members.points.models import RewardKind
from members.points.services import grant_rule
from members.queries import openid_hash, unionid_hash
from members.rewards.services.inviting import bind_newcomer
from members.rules import TouchFields
from members.services.touches import store_touch
from members.wechat import exchange_login_code
from shop.core import clock
from shop.core.auth import TokenPair, open_session
from shop.core.db import lock_rows, run_in_transaction
from shop.core.errors import Busy
from shop.core.outbox import publish
from shop.wechat.mini.types import Session

_ATTEMPTS = 5
_RACES = frozenset({"members_identity_once", "members_member_unionid_once"})
"""What the loser of two first logins violates: its transaction runs again."""


@dataclass(frozen=True, slots=True)
class Device:
    """What the client says of itself: ``X-Client-Platform`` and ``X-Device-Id``."""

    platform: str = ""
    device_id: str = ""


@dataclass(frozen=True, slots=True)
class LoginResult:
    """A member who has just logged in."""

    member: Member
    tokens: TokenPair
    is_new: bool


class _Overtaken(Exception):
    """The account was closed between finding its identity and locking it: look again."""


def login_with_wechat(
    *, code: str, touch: TouchFields | None = None, device: Device | None = None
) -> LoginResult:
    """Exchange a ``wx.login`` code and log its owner in; whoever comes for the first time becomes a member.

    The call to WeChat happens before the transaction. Raises ``WechatCodeInvalid`` (401),
    ``WechatUserBlocked`` (403), ``WechatBusy`` and ``WechatNotConfigured`` (503).
    """
    session = exchange_login_code(code)
    return enter(session=session, touch=touch or TouchFields(), device=device or Device())


def enter(*, session: Session, touch: TouchFields, device: Device) -> LoginResult:
    """Find or make the member behind a WeChat session, store the touch, open the shop's own session.

    One transaction; locks the member. Two first logins at once: the second one's insert meets the unique
    identity (or unionid), its transaction is thrown away and run again, and then finds the first one's
    member.
    """
    for _attempt in range(_ATTEMPTS):
        try:
            return run_in_transaction(lambda: _enter(session, touch, device))
        except _Overtaken:
            continue
        except IntegrityError as error:
            if _constraint(error) not in _RACES:
                raise
    raise Busy(retry_after=1)


def _constraint(error: IntegrityError) -> str:
    """Return the name of the constraint that was violated."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return getattr(diagnostics, "constraint_name", None) or ""


def _enter(session: Session, touch: TouchFields, device: Device) -> LoginResult:
    member, is_new = _find(session), False
    if member is None:
        member, is_new = _join(session), True
    if touch:
        stored = store_touch(member_id=member.pk, touch=touch)
        touch = TouchFields(stored.promoter, stored.scene, stored.invite, stored.channel)
    if is_new:
        if touch.invite:
            bind_newcomer(newcomer=member, code=touch.invite, openid=session.openid)
        grant_rule(kind=RewardKind.SIGN_UP, member_id=member.pk, reference="sign_up")
        publish(
            MemberJoined(
                member_id=member.pk,
                promoter=touch.promoter,
                invite=touch.invite,
                scene=touch.scene,
                channel=touch.channel,
            )
        )
    tokens = open_session(member_id=member.pk, platform=device.platform, device_id=device.device_id)
    return LoginResult(member, tokens, is_new)


def _find(session: Session) -> Member | None:
    """Return the locked member of this account, by identity, else by unionid; ``None`` for a stranger."""
    digest, union = openid_hash(session.openid), unionid_hash(session.unionid)
    known = WechatIdentity.objects.filter(appid=settings.WECHAT_APPID, openid_hash=digest).first()
    if known is not None:
        member = _lock(known.member_id)
    else:
        by_union = Member.objects.filter(unionid_hash=union).first() if union else None
        if by_union is None:
            return None
        member = _lock(by_union.pk)
        _add_identity(member, session)
    member.last_seen_at = clock.now()
    if union and not member.unionid_hash and not Member.objects.filter(unionid_hash=union).exists():
        # The mini-program joined an open platform after this member's first login.
        member.unionid_hash = union
    member.save(update_fields=["last_seen_at", "unionid_hash"])
    return member


def _lock(member_id: int) -> Member:
    rows = lock_rows(Member.objects.filter(pk=member_id, state=Member.State.ACTIVE))
    if not rows:
        raise _Overtaken
    return rows[0]


def _join(session: Session) -> Member:
    now = clock.now()
    member = Member.objects.create(
        unionid_hash=unionid_hash(session.unionid), created_at=now, last_seen_at=now
    )
    _add_identity(member, session)
    return member


def _add_identity(member: Member, session: Session) -> None:
    WechatIdentity.objects.create(
        member=member,
        appid=settings.WECHAT_APPID,
        openid=session.openid,
        openid_hash=openid_hash(session.openid),
        created_at=clock.now(),
    )

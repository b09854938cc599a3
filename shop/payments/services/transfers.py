"""Money to members' WeChat balances: the row first, then what people may ask of it."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row, lock_rows
from shop.core.errors import NotFound
from shop.core.ids import new_number
from shop.core.outbox import publish
from shop.core.permissions import require
from shop.payments import rules
from shop.payments.errors import TransferRefused, TransferStateRefused, TransferUnderWay
from shop.payments.events import TransferReturned
from shop.payments.models import Transfer
from shop.payments.ports import TransferOwner
from shop.payments.registry import transfer_owner
from shop.payments.services.addresses import notify_url
from shop.wechat.pay.types import ReportInfo

MANAGE_ACTION = "payments.manage_transfer"

_LONGEST_REMARK = 32


@in_transaction
def create_transfer(
    *,
    owner_kind: str,
    owner_number: str,
    member_id: int,
    openid: str,
    amount: int,
    scene_id: str,
    remark: str,
    report_infos: Sequence[ReportInfo],
    user_name: str = "",
    perception: str = "",
) -> Transfer:
    """Write a transfer down, in the owner's transaction (who checks permissions); a job sends it.

    The caller holds the lock of the owner's row. While one for the same owner has not failed, it is
    returned; with another amount TransferUnderWay is raised. Raises TransferRefused (``objection``) for
    what WeChat never accepts: under 0.10 yuan, a name missing from 2000 yuan on or given under 0.30, wrong
    report lines for the scene.
    """
    objection = rules.transfer_objection(
        amount=amount,
        has_name=bool(user_name),
        scene_id=scene_id,
        info_types=tuple(info.info_type for info in report_infos),
    )
    if objection is not None:
        raise TransferRefused(objection=objection)
    live = _lock_live(owner_kind, owner_number, amount=amount)
    if live is not None:
        return live
    return Transfer.objects.create(
        number=new_number(),
        owner_kind=owner_kind,
        owner_number=owner_number,
        member_id=member_id,
        amount=amount,
        appid=settings.WECHAT_APPID,
        mchid=settings.WECHATPAY_MCHID,
        openid=openid,
        user_name=user_name,
        scene_id=scene_id,
        remark=remark[:_LONGEST_REMARK],
        report_infos=[[info.info_type, info.info_content] for info in report_infos],
        perception=perception,
        notify_url=notify_url("transfer"),
        due_at=clock.now(),
        created_at=clock.now(),
    )


@in_transaction
def cancel_transfer(*, actor: Actor, number: str, reason: str = "") -> Transfer:
    """Take a transfer back that the member has not confirmed. Safe to repeat.

    One that never went out is cancelled here and now; otherwise WeChat must agree, which a job finds out. A
    member may cancel their own. Locks owner and transfer. Raises NotFound, Forbidden, TransferStateRefused
    (on its way, or ended).
    """
    owner, transfer = lock_transfer(number=number)
    if not (actor.kind == "member" and actor.id == transfer.member_id):
        require(actor, MANAGE_ACTION)
    if transfer.state in rules.TRANSFER_ENDED or transfer.state == Transfer.State.TRANSFERING:
        raise TransferStateRefused(state=transfer.state)
    if actor.kind == "staff":
        _audit(actor, transfer, "cancel", reason)
    transfer.cancel_requested = True
    transfer.due_at = clock.now()
    transfer.looks = 0
    if transfer.state == Transfer.State.NEW and transfer.sent_at is None:
        give_back(owner, transfer, Transfer.State.CANCELLED, reason="cancelled")
    elif transfer.state in (Transfer.State.NEW, Transfer.State.REFUSED):
        # It went out before: only WeChat can say that nothing came of it.
        transfer.state = Transfer.State.SENDING
    transfer.save()
    return transfer


@in_transaction
def retry_refused_transfer(*, actor: Actor, number: str, reason: str = "") -> Transfer:
    """Send a transfer that WeChat did not accept once more, under its own number.

    For when the cause is gone (a scene granted, an address allowed). Locks owner and transfer. Raises
    NotFound, Forbidden, TransferStateRefused. Audited.
    """
    require(actor, MANAGE_ACTION)
    _owner, transfer = lock_transfer(number=number)
    if transfer.state != Transfer.State.REFUSED:
        raise TransferStateRefused(state=transfer.state)
    transfer.state = Transfer.State.NEW
    transfer.due_at = clock.now()
    transfer.looks = 0
    transfer.save()
    _audit(actor, transfer, "retry", reason)
    return transfer


def lock_transfer(*, number: str) -> tuple[TransferOwner, Transfer]:
    """Lock a transfer and, before it, its owner's row; raises NotFound."""
    found = Transfer.objects.filter(number=number).first()
    if found is not None:
        owner = transfer_owner(found.owner_kind)
        owner.lock(found.owner_number)
        return owner, lock_row(Transfer.objects.filter(number=number))
    raise NotFound


def give_back(owner: TransferOwner, transfer: Transfer, state: str, *, reason: str) -> None:
    """End a transfer whose money did not go; the caller holds the locks, saves the row and posts the cash."""
    transfer.state = state
    transfer.fail_reason = reason[:128]
    transfer.package_info = ""
    transfer.settled_at = clock.now()
    transfer.due_at = transfer.leased_until = None
    owner.give_back(
        number=transfer.owner_number, transfer_number=transfer.number, amount=transfer.amount, reason=reason
    )
    publish(TransferReturned(**about_transfer(transfer), reason=reason))


def about_transfer(transfer: Transfer) -> dict[str, Any]:
    """Return what every transfer event says."""
    return {
        "transfer": transfer.number,
        "owner_kind": transfer.owner_kind,
        "owner_number": transfer.owner_number,
        "member_id": transfer.member_id,
        "amount": transfer.amount,
    }


def _lock_live(owner_kind: str, owner_number: str, *, amount: int) -> Transfer | None:
    """Lock and return the owner's transfer that has not failed; TransferUnderWay if its amount differs."""
    of_owner = Transfer.objects.filter(owner_kind=owner_kind, owner_number=owner_number)
    rows = lock_rows(of_owner.exclude(state__in=[Transfer.State.FAIL, Transfer.State.CANCELLED]))
    if rows and rows[0].amount != amount:
        raise TransferUnderWay(transfer=rows[0].number)
    return rows[0] if rows else None


def _audit(actor: Actor, transfer: Transfer, what: str, reason: str) -> None:
    audit.record(
        actor=actor,
        action=MANAGE_ACTION,
        subject=transfer,
        before={"state": transfer.state, "amount": transfer.amount},
        after={"asked": what},
        reason=reason,
    )

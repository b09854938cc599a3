"""Transfers at WeChat: send, ask, cancel, and book what comes out. One number until it has failed."""

from datetime import datetime

import structlog

from shop.core import clock
from shop.core.db import in_transaction, run_in_transaction
from shop.core.outbox import publish
from shop.payments import rules
from shop.payments.events import TransferConfirmable, TransferNeedsStaff, TransferSucceeded
from shop.payments.models import PaymentIncident, Transfer
from shop.payments.ports import TransferOwner
from shop.payments.services.cash import post_cash
from shop.payments.services.incidents import record_incident
from shop.payments.services.transfers import about_transfer, give_back, lock_transfer
from shop.payments.services.watching import answer_of
from shop.wechat.outcomes import Outcome, Refused, Success
from shop.wechat.pay.client import PayClient, pay_client
from shop.wechat.pay.types import ReportInfo, TransferRequest, TransferResult

log = structlog.get_logger(__name__)

_CANCELLABLE = frozenset({"accepted", "processing", "wait_user_confirm"})


def advance_transfer(*, transfer_id: int, in_request: bool = False) -> None:
    """Bring one transfer a step further: send it, ask about it, or have it cancelled.

    Call it outside a transaction. In a request it may raise WechatBusy before anything is sent.
    """
    transfer = Transfer.objects.get(pk=transfer_id)
    client = pay_client(in_request=in_request)
    if transfer.state == Transfer.State.NEW:
        _send(client, transfer)
    elif transfer.state == Transfer.State.SENDING or transfer.state in rules.TRANSFER_UNDER_WAY:
        _watch(client, transfer)


def _send(client: PayClient, transfer: Transfer) -> None:
    request = _prepare(number=transfer.number)
    if request is None:
        return
    outcome = client.create_transfer(request)
    refusal = "" if isinstance(outcome, Success) else outcome.code
    _apply_answer(transfer.number, outcome, refusal=refusal)


@in_transaction
def _prepare(*, number: str) -> TransferRequest | None:
    """Write down that the transfer goes out now; None when it must not. Locks owner and transfer."""
    _owner, transfer = lock_transfer(number=number)
    if transfer.state != Transfer.State.NEW:
        return None
    transfer.state = Transfer.State.SENDING
    transfer.sent_at = clock.now()
    transfer.refusal = ""
    transfer.due_at = transfer.sent_at + rules.pause_after(0)
    transfer.save()
    return _request(transfer)


def _request(transfer: Transfer) -> TransferRequest:
    """Return what was, or will be, sent: identical every time, or WeChat refuses the repeat."""
    return TransferRequest(
        out_bill_no=transfer.number,
        scene_id=transfer.scene_id,
        openid=transfer.openid,
        amount=transfer.amount,
        remark=transfer.remark,
        report_infos=[ReportInfo(kind, content) for kind, content in transfer.report_infos],
        notify_url=transfer.notify_url,
        user_name=transfer.user_name,
        user_recv_perception=transfer.perception,
    )


def _watch(client: PayClient, transfer: Transfer) -> None:
    asked = clock.now()
    outcome = client.query_transfer(transfer.number)
    if isinstance(outcome, Success):
        state = apply_transfer_result(result=outcome.value, source="query")
        if transfer.cancel_requested and state in _CANCELLABLE:
            _apply_answer(transfer.number, client.cancel_transfer(transfer.number))
        elif state == Transfer.State.WAIT_USER_CONFIRM and not outcome.value.package_info:
            _fetch_package(client, transfer.number)
    elif isinstance(outcome, Refused) and outcome.code == "NOT_FOUND":
        _note_missing(number=transfer.number, asked=asked)
    else:
        _note(number=transfer.number, outcome=outcome)


def _fetch_package(client: PayClient, number: str) -> None:
    """Repeat the request for the package that the member confirms with, if its answer was lost: no query
    tells it."""
    transfer = Transfer.objects.get(number=number)
    if transfer.state == Transfer.State.WAIT_USER_CONFIRM and not transfer.package_info:
        _apply_answer(number, client.create_transfer(_request(transfer)))


def _apply_answer(number: str, outcome: Outcome[TransferResult], *, refusal: str = "") -> None:
    if isinstance(outcome, Success):
        apply_transfer_result(result=outcome.value, source="query")
    else:
        _note(number=number, outcome=outcome, refusal=refusal)


@in_transaction
def _note(*, number: str, outcome: Outcome[TransferResult], refusal: str = "") -> None:
    """Keep an answer that says nothing about the transfer's state, and ask again. Locks owner and transfer.

    ``refusal`` is the code with which WeChat answered the send: it decides what follows if it turns out
    that WeChat does not know the number.
    """
    _owner, transfer = lock_transfer(number=number)
    if transfer.state in rules.TRANSFER_ENDED:
        return
    transfer.last_answer = answer_of(outcome)
    transfer.refusal = refusal or transfer.refusal
    _look_again(transfer)
    transfer.save()


@in_transaction
def _note_missing(*, number: str, asked: datetime) -> None:
    """WeChat does not know the number. Locks owner and transfer.

    Within the window after sending that proves nothing. After it the transfer is cancelled if that was
    wanted, left to staff if WeChat had said why it does not take it, and otherwise sent again with the same
    number.
    """
    owner, transfer = lock_transfer(number=number)
    if transfer.state in rules.TRANSFER_ENDED:
        return
    window_over = transfer.sent_at is not None and asked >= transfer.sent_at + rules.SEND_WINDOW
    if transfer.state != Transfer.State.SENDING or not window_over:
        _look_again(transfer)
    elif transfer.cancel_requested:
        give_back(owner, transfer, Transfer.State.CANCELLED, reason="cancelled")
    elif transfer.refusal in rules.TRANSFER_WORTH_REPEATING:
        transfer.state = Transfer.State.NEW
        transfer.leased_until = None
        transfer.due_at = clock.now() + rules.pause_before_repeat(transfer.refusal)
    else:
        transfer.state = Transfer.State.REFUSED
        transfer.due_at = transfer.leased_until = None
        publish(TransferNeedsStaff(**about_transfer(transfer), reason=transfer.refusal))
        log.warning("transfer_needs_staff", transfer=transfer.number, code=transfer.refusal)
    transfer.save()


def apply_transfer_result(*, result: TransferResult, source: str) -> str | None:
    """Book what WeChat says about a transfer, from a callback, a query or a cancel; return its state with us.

    Safe to repeat, in any order. Locks owner and transfer, at last the cash account. A transfer that is not
    ours, or for another amount, becomes an incident.
    """
    return run_in_transaction(lambda: _apply_result(result, source))


def _apply_result(result: TransferResult, source: str) -> str | None:
    if not Transfer.objects.filter(number=result.out_bill_no).exists():
        _record(PaymentIncident.Kind.UNKNOWN_NUMBER, result, source)
        return None
    owner, transfer = lock_transfer(number=result.out_bill_no)
    if result.mchid and result.mchid != transfer.mchid:
        _record(PaymentIncident.Kind.MERCHANT, result, source, expected=transfer.mchid)
        return None
    if result.amount and result.amount != transfer.amount:
        _record(PaymentIncident.Kind.TRANSFER_AMOUNT, result, source, expected=str(transfer.amount))
        return None
    if transfer.state in rules.TRANSFER_ENDED:
        return transfer.state
    transfer.transfer_bill_no = result.transfer_bill_no[:64] or transfer.transfer_bill_no
    transfer.last_answer = result.state[:64]
    state = rules.transfer_state(result.state)
    if state is None or state == transfer.state:
        _look_again(transfer)
        transfer.package_info = result.package_info or transfer.package_info
        transfer.save()
    else:
        _move(owner, transfer, state, result)
    return transfer.state


def _move(owner: TransferOwner, transfer: Transfer, state: str, result: TransferResult) -> None:
    cash = _cash_movement(transfer, state)
    if state in (Transfer.State.FAIL, Transfer.State.CANCELLED):
        transfer.debited = False
        give_back(owner, transfer, state, reason=result.fail_reason or state)
    elif state == Transfer.State.SUCCESS:
        transfer.debited = True
        _settle(owner, transfer)
    else:
        _progress(transfer, state, result)
    transfer.save()
    if cash is not None:
        post_cash(mchid=transfer.mchid, amount=cash[0], reason=cash[1], reference=transfer.number)


def _cash_movement(transfer: Transfer, state: str) -> tuple[int, str] | None:
    """Return what the cash ledger must book: gone as soon as WeChat took it, back when it failed."""
    failed = state in (Transfer.State.FAIL, Transfer.State.CANCELLED)
    if failed:
        return (transfer.amount, "transfer_return") if transfer.debited else None
    return None if transfer.debited else (-transfer.amount, "transfer")


def _settle(owner: TransferOwner, transfer: Transfer) -> None:
    transfer.state = Transfer.State.SUCCESS
    transfer.package_info = ""
    transfer.settled_at = clock.now()
    transfer.due_at = transfer.leased_until = None
    owner.settle(number=transfer.owner_number, transfer_number=transfer.number, amount=transfer.amount)
    publish(TransferSucceeded(**about_transfer(transfer)))


def _progress(transfer: Transfer, state: str, result: TransferResult) -> None:
    transfer.debited = True
    transfer.state = state
    transfer.looks = 0
    _look_again(transfer)
    transfer.package_info = result.package_info if state == Transfer.State.WAIT_USER_CONFIRM else ""
    if state == Transfer.State.TRANSFERING:
        transfer.cancel_requested = False
    if state == Transfer.State.WAIT_USER_CONFIRM and not transfer.cancel_requested:
        publish(TransferConfirmable(**about_transfer(transfer)))


def _look_again(transfer: Transfer) -> None:
    transfer.due_at = clock.now() + rules.pause_after(transfer.looks)
    transfer.looks += 1
    transfer.leased_until = None


def _record(kind: str, result: TransferResult, source: str, expected: str = "") -> None:
    record_incident(
        kind=kind,
        number=result.out_bill_no,
        source=source,
        amount=result.amount,
        expected=expected,
        received=f"{result.amount} {result.state}",
    )

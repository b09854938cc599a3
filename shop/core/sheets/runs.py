"""What people do with a run: start, confirm, cancel, resume. The work itself is done by workers."""

from collections.abc import Mapping
from typing import Any

from django.core.files import File
from django.db import transaction as django_transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row
from shop.core.errors import NotFound
from shop.core.ids import new_number
from shop.core.kicks import send_kick
from shop.core.models.sheets import SheetItem, SheetRun, private_storage
from shop.core.network import assert_no_transaction
from shop.core.permissions import require
from shop.core.sheets.errors import SheetRunClosed, WorkbookRefused
from shop.core.sheets.kinds import export_kind, import_kind

WORK_TASK = "shop.core.sheets.work"
QUEUE = "bulk"
State = SheetRun.State


def start_import(
    *,
    actor: Actor,
    kind: str,
    file: File,
    archive: File | None = None,
    options: Mapping[str, Any] | None = None,
    kick: bool = True,
) -> SheetRun:
    """Keep an uploaded workbook (and a zip of files it names) and let a worker check it.

    Nothing is written to the shop before ``confirm_run``. Files are kept where no server gives them out.
    Called outside transactions. Raises ``Forbidden``, ``NotFound`` (no such kind) or ``WorkbookRefused`` when
    a file is too large or not even a zip.
    """
    handler = import_kind(kind)
    require(actor, handler.permission)
    assert_no_transaction()
    _check_upload(file, handler.max_bytes)
    if archive is not None:
        _check_upload(archive, handler.max_archive_bytes)
    storage, folder = private_storage(), f"sheets/{new_number(20)}"
    run = SheetRun(
        kind=kind,
        direction=SheetRun.Direction.IMPORT,
        file_name=str(file.name or "").replace("\\", "/").rpartition("/")[2][-200:],
        options=dict(options or {}),
        source=storage.save(f"{folder}/source.xlsx", file),
        archive=storage.save(f"{folder}/archive.zip", archive) if archive is not None else "",
    )
    return _begin(run, actor=actor, action=handler.permission, kick=kick)


def start_export(
    *, actor: Actor, kind: str, options: Mapping[str, Any] | None = None, kick: bool = True
) -> SheetRun:
    """Let a worker write a workbook. Raises ``Forbidden`` or ``NotFound`` (no such kind)."""
    handler = export_kind(kind)
    require(actor, handler.permission)
    run = SheetRun(
        kind=kind, direction=SheetRun.Direction.EXPORT, state=State.RUNNING, options=dict(options or {})
    )
    run.file_name = handler.file_name(run)[:200]
    return _begin(run, actor=actor, action=handler.permission, kick=kick)


@in_transaction
def confirm_run(*, actor: Actor, run_id: int, kick: bool = True) -> SheetRun:
    """Apply what the preview showed: items without errors, in the background. Locks the run.

    Raises ``Forbidden``, ``NotFound`` or ``SheetRunClosed``.
    """
    run = _locked(run_id, actor)
    if run.direction != SheetRun.Direction.IMPORT or run.state != State.PREVIEWED:
        raise SheetRunClosed
    run.state, run.confirmed_at = State.RUNNING, clock.wall()
    run.done, run.attempts = 0, 0
    run.total = SheetItem.objects.filter(run=run, state=SheetItem.State.WAITING).count()
    run.save(update_fields=["state", "confirmed_at", "done", "attempts", "total"])
    _record(run, actor=actor, after={"state": "confirmed", "things": run.total})
    if kick:
        _kick_after_commit(run)
    return run


@in_transaction
def cancel_run(*, actor: Actor, run_id: int) -> SheetRun:
    """Stop a run: what is applied stays, the rest is not. Locks the run, so between two items.

    Raises ``Forbidden``, ``NotFound`` or ``SheetRunClosed`` when it has ended already.
    """
    run = _locked(run_id, actor)
    if run.state not in (State.UPLOADED, State.PREVIEWED, State.RUNNING):
        raise SheetRunClosed
    before = run.state
    run.state, run.finished_at, run.lease, run.leased_until = State.CANCELLED, clock.wall(), "", None
    run.save(update_fields=["state", "finished_at", "lease", "leased_until"])
    _record(run, actor=actor, after={"state": "cancelled", "was": before, "done": run.done})
    return run


@in_transaction
def resume_run(*, actor: Actor, run_id: int, kick: bool = True) -> SheetRun:
    """Go on with a run that failed or was cancelled while it ran. Items that are done stay done.

    Locks the run. Raises ``Forbidden``, ``NotFound`` or ``SheetRunClosed``.
    """
    run = _locked(run_id, actor)
    if run.state not in (State.FAILED, State.CANCELLED):
        raise SheetRunClosed
    confirmed = run.confirmed_at is not None or run.direction == SheetRun.Direction.EXPORT
    run.state = State.RUNNING if confirmed else State.UPLOADED
    run.attempts, run.finished_at, run.problem = 0, None, ""
    run.save(update_fields=["state", "attempts", "finished_at", "problem"])
    _record(run, actor=actor, after={"state": "resumed", "done": run.done})
    if kick:
        _kick_after_commit(run)
    return run


@in_transaction
def note_download(*, actor: Actor, run_id: int, part: str) -> SheetRun:
    """Write down that somebody took a file of a run. Raises ``Forbidden`` or ``NotFound``."""
    run = _locked(run_id, actor)
    _record(run, actor=actor, after={"downloaded": part})
    return run


def kick(run_id: int) -> None:
    """Ask a worker to look at a run; the sweep finds what a lost kick left."""
    send_kick(WORK_TASK, run_id, queue=QUEUE)


def _check_upload(file: File, most: int) -> None:
    if file.size > most:
        raise WorkbookRefused(_("The file is larger than %(size)d MB.") % {"size": most // 2**20})
    file.seek(0)
    if file.read(4) != b"PK\x03\x04":
        raise WorkbookRefused(_("This is not an xlsx workbook, or it is damaged."))
    file.seek(0)


@in_transaction
def _begin(run: SheetRun, *, actor: Actor, action: str, kick: bool) -> SheetRun:
    run.actor_kind, run.actor_id, run.actor_label = actor.kind, actor.id, actor.label[:150]
    run.language = get_language() or "zh-hans"
    run.save()
    audit.record(
        actor=actor,
        action=action,
        subject=run,
        after={"kind": run.kind, "file": run.file_name, "options": run.options},
    )
    if kick:
        _kick_after_commit(run)
    return run


def _kick_after_commit(run: SheetRun) -> None:
    run_id = run.pk
    django_transaction.on_commit(lambda: kick(run_id))


def _locked(run_id: int, actor: Actor) -> SheetRun:
    found = SheetRun.objects.filter(pk=run_id).first()
    if found is None:
        raise NotFound
    require(actor, permission_of(found))
    return lock_row(SheetRun.objects.filter(pk=run_id))


def permission_of(run: SheetRun) -> str:
    """Return the business action that a run is about."""
    find = import_kind if run.direction == SheetRun.Direction.IMPORT else export_kind
    return find(run.kind).permission


def _record(run: SheetRun, *, actor: Actor, after: Mapping[str, Any]) -> None:
    audit.record(actor=actor, action=permission_of(run), subject=run, after={"kind": run.kind, **after})

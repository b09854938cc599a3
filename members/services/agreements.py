"""Agreements and privacy texts: drafts are edited, versions are published once, members agree to them."""

from django.utils.translation import gettext as _

from members.errors import AgreementPublished, AgreementUnknown
from members.models import Agreement, Consent
from members.permissions import EDIT_AGREEMENT, PUBLISH_AGREEMENT
from members.services.locking import hold_member
from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.db import in_transaction, lock_row
from shop.core.errors import FieldError, InvalidInput
from shop.core.permissions import require


@in_transaction
def save_draft(
    *, actor: Actor, document: str, version: str, title: str, body: str, agreement_id: int | None = None
) -> Agreement:
    """Write a new draft, or rewrite one. Locks the draft.

    Raises ``Forbidden``, ``NotFound``, ``AgreementPublished`` (409) for a published version, ``InvalidInput``
    when the document has this version already.
    """
    require(actor, EDIT_AGREEMENT)
    if agreement_id is None:
        draft = Agreement(document=document)
    else:
        draft = lock_row(Agreement.objects.filter(pk=agreement_id))
        if draft.published_at is not None:
            raise AgreementPublished
    if Agreement.objects.filter(document=document, version=version).exclude(pk=draft.pk).exists():
        detail = _("This document has this version already.")
        raise InvalidInput(errors=[FieldError("version", "unique", detail)])
    before = {"version": draft.version, "title": draft.title, "length": len(draft.body)}
    draft.document, draft.version, draft.title, draft.body = document, version, title, body
    draft.save()
    audit.record(
        actor=actor,
        action=EDIT_AGREEMENT,
        subject=draft,
        before=before,
        after={"document": document, "version": version, "title": title, "length": len(body)},
    )
    return draft


@in_transaction
def publish_agreement(*, actor: Actor, agreement_id: int, reason: str = "") -> Agreement:
    """Put a draft in force; it can never be changed again. Locks the draft.

    Raises ``Forbidden``, ``NotFound``, ``AgreementPublished`` (409).
    """
    require(actor, PUBLISH_AGREEMENT)
    draft = lock_row(Agreement.objects.filter(pk=agreement_id))
    if draft.published_at is not None:
        raise AgreementPublished
    draft.published_at = clock.now()
    draft.save(update_fields=["published_at"])
    audit.record(
        actor=actor,
        action=PUBLISH_AGREEMENT,
        subject=draft,
        after={"document": draft.document, "version": draft.version},
        reason=reason,
    )
    return draft


@in_transaction
def give_consent(*, member_id: int, document: str, version: str) -> Consent:
    """Record that a member agreed to a published version; agreeing again keeps the first moment.

    Raises ``AgreementUnknown`` (409), ``TokenInvalid`` for a closed account.
    """
    hold_member(member_id=member_id)
    agreement = Agreement.objects.filter(
        document=document, version=version, published_at__isnull=False
    ).first()
    if agreement is None:
        raise AgreementUnknown
    row = Consent(member_id=member_id, agreement=agreement, at=clock.now())
    Consent.objects.bulk_create([row], ignore_conflicts=True)
    return Consent.objects.select_related("agreement").get(member_id=member_id, agreement=agreement)

"""The audit record: written with the deed, masked, and unchangeable."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.correlation import request_context
from shop.core.masking import STARS, mask_address, mask_identifier, mask_mapping, mask_name, mask_phone
from shop.core.models import AuditEntry
from shop.core.queries import audit_entries
from tests.shopfloor.models import Note

pytestmark = pytest.mark.django_db

CLERK = Actor("staff", 3, "wang")


def test_an_entry_says_who_did_what_to_what_and_why():
    note = Note.objects.create(subject="n")
    with request_context(request_id="request-77", ip="10.1.2.3"):
        entry = audit.record(
            actor=CLERK,
            action="shop.edit",
            subject=note,
            before={"count": 1},
            after={"count": 2},
            reason="typo",
        )
    entry.refresh_from_db()
    assert (entry.actor_kind, entry.actor_id, entry.actor_label) == ("staff", 3, "wang")
    assert (entry.subject_kind, entry.subject_id) == ("shopfloor.note", str(note.pk))
    assert (entry.action, entry.before, entry.after, entry.reason) == (
        "shop.edit",
        {"count": 1},
        {"count": 2},
        "typo",
    )
    assert (entry.request_id, entry.ip) == ("request-77", "10.1.2.3")
    assert abs((clock.now() - entry.at).total_seconds()) < 10


def test_a_system_actor_outside_any_request_is_recorded_too():
    entry = audit.record(actor=Actor.system("job"), action="shop.sweep", subject=("order", "A1"))
    assert (entry.actor_kind, entry.actor_id, entry.actor_label) == ("system", None, "job")
    assert (entry.request_id, entry.ip, entry.before, entry.after) == ("", None, {}, {})


def test_personal_data_is_masked_and_secrets_are_dropped():
    entry = audit.record(
        actor=CLERK,
        action="shop.edit",
        subject=("order", "A1"),
        after={
            "phone": "13812345678",
            "receiver": "王小明",
            "address": {"street": "南京东路 1 号"},
            "openid": "oABC",
            "lines": [{"phone": "13812345678", "sku": 5}],
            "api_key": "k",
            "amount": 5,
        },
    )
    assert entry.after == {
        "phone": "138****5678",
        "receiver": "王**",
        "address": STARS,
        "openid": STARS,
        "lines": [{"phone": "138****5678", "sku": 5}],
        "api_key": STARS,
        "amount": 5,
    }


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_a_mistake():
    with pytest.raises(RuntimeError):
        audit.record(actor=CLERK, action="shop.edit", subject=("order", "A1"))
    assert AuditEntry.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_entry_falls_with_the_deed():
    with transaction.atomic():
        audit.record(actor=CLERK, action="shop.edit", subject=("order", "A1"))
        transaction.set_rollback(True)
    assert AuditEntry.objects.count() == 0


@pytest.mark.parametrize("change", ["UPDATE core_auditentry SET reason = 'x'", "DELETE FROM core_auditentry"])
def test_postgresql_refuses_to_change_history(change: str):
    audit.record(actor=CLERK, action="shop.edit", subject=("order", "A1"), reason="first")
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)
    assert AuditEntry.objects.get().reason == "first"


def test_entries_are_searched_by_actor_subject_action_and_time():
    for number in range(3):
        actor = Actor("staff", number, f"s{number}")
        audit.record(actor=actor, action=f"shop.act{number % 2}", subject=("order", f"A{number}"))
    assert [entry.actor_id for entry in audit_entries()] == [2, 1, 0]
    assert [entry.actor_id for entry in audit_entries(action="shop.act0")] == [2, 0]
    assert [entry.actor_id for entry in audit_entries(actor=Actor("staff", 1, ""))] == [1]
    assert [entry.actor_id for entry in audit_entries(subject=("order", "A2"))] == [2]
    assert list(audit_entries(before=clock.now().replace(year=2000))) == []
    assert len(audit_entries(since=clock.now().replace(year=2000))) == 3


def test_what_one_request_did_is_found_by_an_index():
    with request_context(request_id="req-7", ip="127.0.0.1"):
        for _each in range(2):
            audit.record(actor=CLERK, action="shop.edit", subject=("order", "A1"))
    audit.record(actor=CLERK, action="shop.edit", subject=("order", "A1"))
    found = audit_entries(request_id="req-7")
    assert [entry.request_id for entry in found] == ["req-7", "req-7"]
    with connection.cursor() as cursor:
        # A table of three rows is read whole unless that is made to look expensive.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        assert "core_audit_request" in found.order_by().explain()


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812345678", "138****5678"),
        ("+8613812345678", "138****5678"),
        ("138-1234-5678", "138****5678"),
        ("02161234567", "****67"),
        ("12345", STARS),
        ("", STARS),
    ],
)
def test_phones_are_masked(phone: str, masked: str):
    assert mask_phone(phone) == masked


def test_names_addresses_and_identifiers_are_masked():
    assert (mask_name("王小明"), mask_name(" "), mask_name("A")) == ("王**", "", "A**")
    assert (mask_address("上海市黄浦区南京东路 1 号"), mask_address("短")) == ("上海市黄浦区****", STARS)
    assert (mask_identifier("oABCDEFGHIJKL"), mask_identifier("short")) == ("oAB****JKL", STARS)


@pytest.mark.parametrize(
    ("values", "masked"),
    [
        ({"phone": None, "token": ""}, {"phone": None, "token": ""}),
        ({"mobile": 13812345678}, {"mobile": "138****5678"}),
        ({"id_card": "310101199001011234"}, {"id_card": "310****234"}),
        ({"phones": ["13812345678"]}, {"phones": ["13812345678"]}),
        ({"phone": ["13812345678"]}, {"phone": ["138****5678"]}),
        ({"X-Api-Key": "k"}, {"X-Api-Key": STARS}),
        ({5: "x"}, {"5": "x"}),
    ],
)
def test_masking_goes_by_the_members_name(values: dict[Any, Any], masked: dict[str, Any]):
    assert mask_mapping(values) == masked

"""The page of every kind of record, in both languages: it opens, in words, with nothing raw."""

import re

import pytest
from django.contrib import admin
from django.urls import reverse

from members.points.services import add_growth, earn_points
from orders.services.cancelling import cancel_order
from shop.core import audit, clock
from shop.core.actors import Actor
from shop.core.db import transaction
from shop.core.jobs import run_job
from shop.core.models import Approval
from tests.admin_ui.conftest import Login
from tests.admin_ui.test_translations import words
from tests.catalog.factories import make_sku
from tests.members.cards.holders import card
from tests.orders.buyer import Buyer, settle

pytestmark = pytest.mark.django_db(transaction=True)

RAW = re.compile(r"\bNone\b|\bnull\b|\bobject \(\d+\)|\b[a-z]+_[a-z_]+\b")
BY_CODE = {
    # These pages show codes on purpose: a developer reads them, beside the words for everybody else.
    "core.outboxevent", "wechat.inboxmessage", "core.jobrun",
}  # fmt: skip
NAMES = re.compile(r"goods\.xlsx|[a-z_]+\.[a-z_]+\b")
"""Files, and the code of an action that stands below its words."""


@pytest.fixture
def shop_with_records(payer: Buyer) -> None:
    """Records of most kinds: goods, a paid and a cancelled order, a refund, points, an audit entry …"""
    order = payer.paid((make_sku(title="Tea"), 1))
    cancel_order(actor=Actor.system("orders.cancel"), number=order.number, reason="cancelled")
    settle()
    with transaction():
        earn_points(member_id=payer.member.pk, amount=5, reason="sign_up", reference="sign_up")
        add_growth(member_id=payer.member.pk, amount=5, reason="gift", reference="G")
        audit.record(
            actor=Actor.system("load_demo"),
            action="orders.ship_order",
            subject=order,
            before={"is_hidden": None},
            after={"is_hidden": True},
        )
    card(name="Year")
    run_job("orders.expire_orders")
    Approval.objects.create(
        action="payments.refund_payment", payload={"amount": 5}, subject_kind="payments.payment",
        subject_id="P1", requester_kind="system", requester_label="orders.cancel",
        requested_at=clock.now(), expires_at=clock.now(),
    )  # fmt: skip


def test_every_kind_of_record_reads_well(shop_with_records: None, login: Login) -> None:
    browsers = {"en": login("owner", language="en"), "zh-CN": login("owner", "boss", language="zh-CN")}
    opened: set[str] = set()
    raw: list[tuple[str, str, str]] = []
    for model in admin.site._registry:
        row = model._default_manager.order_by("-pk").first()
        label = model._meta.label_lower
        if row is None or label.startswith("django_celery_beat."):
            continue
        opened.add(label)
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
        for language, browser in browsers.items():
            texts = words(browser, path)
            if label not in BY_CODE:
                raw += [(language, label, text) for text in texts if RAW.search(NAMES.sub("", text))]
    assert raw == []
    assert {"orders.order", "payments.refund", "payments.cashentry", "members.pointsentry"} <= opened
    assert len(opened) >= 15

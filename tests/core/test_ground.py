"""Clock, numbers, errors and system checks."""

import gc
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from django.utils import translation

from shop.core import clock, ids
from shop.core.checks import check_clock_offset, is_wechat_host
from shop.core.errors import (
    Busy,
    Conflict,
    FieldError,
    InvalidInput,
    ShopError,
    all_error_codes,
)
from shop.core.failures import describe_failure
from shop.core.models import HandledEvent, IdempotencyKey, JobRun, OutboxEvent
from tests.shopfloor.models import PurseAccount

MOMENT = datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC)


class TestClock:
    def test_business_time_is_shifted_and_true_time_is_not(self, settings, time_machine):
        time_machine.move_to(MOMENT, tick=False)
        settings.SHOP_CLOCK_OFFSET = 3600
        assert clock.offset() == timedelta(hours=1)
        assert clock.now() == MOMENT + timedelta(hours=1)
        assert clock.wall() == MOMENT
        assert clock.now().tzinfo is UTC

    def test_the_day_turns_in_beijing(self, settings, time_machine):
        time_machine.move_to(MOMENT, tick=False)
        assert clock.today() == date(2026, 3, 1)
        settings.SHOP_CLOCK_OFFSET = 1
        assert clock.today() == date(2026, 3, 2)

    @pytest.mark.parametrize(
        ("url", "real"),
        [
            ("https://api.mch.weixin.qq.com", True),
            ("https://api2.mch.weixin.qq.com/", True),
            ("https://API.WEIXIN.QQ.COM.", True),
            ("https://apius.wechatpay.cn", True),
            ("http://127.0.0.1:8001", False),
            ("https://weixin.qq.com.example.com", False),
            ("https://notweixin.qq.com", False),
            ("", False),
        ],
    )
    def test_wechat_hosts_are_known(self, url, real):
        assert is_wechat_host(url) is real

    def test_an_offset_is_refused_with_wechats_own_hosts(self, settings):
        settings.SHOP_CLOCK_OFFSET = 60
        settings.WECHAT_API_BASE_URL = "http://127.0.0.1:9"
        settings.WECHATPAY_BASE_URL = "https://api.mch.weixin.qq.com"
        settings.WECHATPAY_BACKUP_BASE_URL = ""
        assert [error.id for error in check_clock_offset()] == ["core.E001"]

    def test_an_offset_is_fine_against_a_sandbox(self, settings):
        settings.SHOP_CLOCK_OFFSET = 60
        for name in ("WECHAT_API_BASE_URL", "WECHATPAY_BASE_URL", "WECHATPAY_BACKUP_BASE_URL"):
            setattr(settings, name, "http://127.0.0.1:9")
        assert check_clock_offset() == []

    def test_no_offset_is_always_fine(self, settings):
        settings.SHOP_CLOCK_OFFSET = 0
        settings.WECHATPAY_BASE_URL = "https://api.mch.weixin.qq.com"
        assert check_clock_offset() == []


class TestNumbers:
    @pytest.mark.parametrize("length", [1, 24, 32])
    def test_length_and_alphabet(self, length):
        number = ids.new_number(length)
        assert len(number) == length
        assert ids.NUMBER_PATTERN.fullmatch(number)

    def test_ten_thousand_never_repeat_and_use_the_whole_alphabet(self):
        numbers = {ids.new_number() for _ in range(10_000)}
        assert len(numbers) == 10_000
        assert set("".join(numbers)) == set(ids.NUMBER_ALPHABET)

    @pytest.mark.parametrize("length", [0, -1, 33])
    def test_a_length_that_wechat_refuses_is_refused(self, length):
        with pytest.raises(ValueError):
            ids.new_number(length)

    @pytest.mark.parametrize("text", ["", "abc", "A-1", "A" * 33, "１２", "A\n"])
    def test_what_is_no_number(self, text):
        assert ids.NUMBER_PATTERN.fullmatch(text) is None


class TestErrors:
    def test_codes_are_unique_and_well_formed(self):
        codes = all_error_codes()
        assert codes["busy"] is Busy
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", code) for code in codes)
        assert all(error.code == code for code, error in codes.items())

    @pytest.mark.parametrize("code", sorted(all_error_codes()))
    def test_each_has_a_client_status_and_a_title(self, code):
        error = all_error_codes()[code]
        assert error.status in {400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429, 500, 503}
        with translation.override("en"):
            assert str(error.title).endswith(".")

    def test_what_a_refusal_carries(self):
        field = FieldError("items[0].sku", "unknown", "No such article.")
        error = InvalidInput("Look here.", errors=[field], retry_after=5, quote={"due": 1})
        assert (error.detail, error.errors, error.retry_after) == ("Look here.", (field,), 5)
        assert error.extra == {"quote": {"due": 1}}
        assert str(error) == "invalid_input: Look here."

    def test_without_a_detail_the_title_speaks(self):
        assert Conflict().detail == Conflict.title
        assert ShopError().errors == ()

    def test_a_class_without_a_code_of_its_own_shares_its_parents(self):
        class NarrowConflict(Conflict):
            pass

        assert all_error_codes()[NarrowConflict.code] is Conflict

    def test_two_classes_with_one_code_are_a_mistake(self):
        impostor = type("Impostor", (ShopError,), {"code": "busy"})
        with pytest.raises(ImproperlyConfigured, match="busy"):
            all_error_codes()
        del impostor
        gc.collect()  # a class is a cycle; gone, it leaves no second "busy" to later tests
        assert all_error_codes()["busy"] is Busy


class TestDescribeFailure:
    def test_a_message_is_never_quoted(self):
        try:
            raise ValueError("phone 13800000000")
        except ValueError as error:
            text = describe_failure(error)
        assert re.fullmatch(r"ValueError at test_ground\.py:\d+ in test_a_message_is_never_quoted", text)

    @pytest.mark.django_db
    def test_a_database_error_shows_its_sqlstate_and_not_the_values(self):
        with pytest.raises(IntegrityError) as failure, transaction.atomic():
            PurseAccount.objects.bulk_create([PurseAccount(pk=815), PurseAccount(pk=815)])
        text = describe_failure(failure.value)
        assert text.startswith("IntegrityError (SQLSTATE 23505) at ")
        assert "815" not in text

    def test_a_refusal_shows_its_code(self):
        assert describe_failure(Busy()) == "Busy busy"


def test_rows_show_themselves_without_their_contents():
    event = OutboxEvent(pk=3, name="order.paid", aggregate="order:A", payload={"phone": "13800000000"})
    assert str(event) == "3 order.paid order:A"
    assert str(HandledEvent(event=event, handler="a.b")) == "3 a.b"
    assert str(JobRun(name="core.sweep", started_at=MOMENT)) == "core.sweep 2026-03-01 23:59:59"
    assert str(IdempotencyKey(actor="member:1", key="k", created_at=MOMENT)) == "member:1 2026-03-01 15:59:59"

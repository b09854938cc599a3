"""The kick: once per committed transaction, quick, and never in the way."""

import json
import socket
import time

import pytest
import redis
from django.conf import settings
from django.db import transaction
from prometheus_client import REGISTRY

from shop.core import kicks as kicking
from shop.core.errors import Unavailable
from shop.core.network import Breaker
from shop.core.outbox import publish
from shop.core.outbox.kick import RELAY_TASK, begin, kick
from shop.core.outbox.tasks import relay_outbox
from shop.core.redis import resume as redis_again
from tests.shopfloor import subscriptions
from tests.shopfloor.events import Noted
from tests.shopfloor.models import Note
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def broker(monkeypatch):
    client = redis.Redis.from_url(settings.CELERY_BROKER_URL)
    client.delete("default")
    monkeypatch.setattr(
        kicking, "_breaker", Breaker("test_kick", failure_threshold=1, cool_down=60, refusal=Unavailable)
    )
    yield client
    client.delete("default")


def kicks(broker) -> list[str]:
    return [json.loads(message)["headers"]["task"] for message in broker.lrange("default", 0, -1)]


def failures() -> float:
    return REGISTRY.get_sample_value("shop_kick_failures_total", {"task": RELAY_TASK}) or 0


class TestOncePerTransaction:
    def test_several_events_one_kick(self, broker):
        with transaction.atomic():
            for number in range(5):
                publish(Noted(subject=str(number)))
            with transaction.atomic():
                publish(Noted(subject="nested"))
            assert kicks(broker) == []
        assert kicks(broker) == ["shop.core.outbox.tasks.relay_outbox"]

    def test_transactions_share_a_kick_until_the_relay_begins(self, broker):
        for number in range(3):
            with transaction.atomic():
                publish(Noted(subject=str(number)))
        assert len(kicks(broker)) == 1
        begin()
        for number in range(3):
            with transaction.atomic():
                publish(Noted(subject=str(number)))
        assert len(kicks(broker)) == 2

    def test_a_lost_kick_keeps_the_others_away_for_a_moment_only(self, broker, monkeypatch):
        monkeypatch.setattr("shop.core.kicks._WAITING_MILLISECONDS", 20)
        kick()

        def kicked_again() -> bool:
            kick()
            return len(kicks(broker)) > 1

        wait_until(kicked_again)

    def test_while_redis_cannot_tell_everybody_kicks(self, broker, redis_down):
        kick()
        kick()
        assert len(kicks(broker)) == 2

    def test_what_nobody_subscribed_to_does_not_kick(self, broker, monkeypatch):
        monkeypatch.setitem(subscriptions.SUBSCRIPTIONS, "shopfloor.noted", ())
        with transaction.atomic():
            publish(Noted(subject="a"))
        assert kicks(broker) == []

    def test_a_rollback_does_not_kick(self, broker):
        with transaction.atomic():
            publish(Noted(subject="a"))
            transaction.set_rollback(True)
        assert kicks(broker) == []

    def test_a_savepoint_that_is_rolled_back_does_not_take_the_others_kick_away(self, broker):
        with transaction.atomic():
            with transaction.atomic():
                publish(Noted(subject="a"))
                transaction.set_rollback(True)
            publish(Noted(subject="b"))
        assert len(kicks(broker)) == 1

    def test_nor_one_that_is_rolled_back_after_an_outer_publish(self, broker):
        with transaction.atomic():
            publish(Noted(subject="b"))
            with transaction.atomic():
                publish(Noted(subject="a"))
                transaction.set_rollback(True)
        assert len(kicks(broker)) == 1


class TestABrokerInTrouble:
    def use(self, monkeypatch, port: int) -> None:
        from celery import current_app

        url = f"redis://127.0.0.1:{port}/0"
        broker = current_app.connection_for_write(url, transport_options=kicking._TRANSPORT_OPTIONS)
        monkeypatch.setattr(kicking, "_broker", lambda: broker)

    def test_one_that_is_down_costs_nothing_but_a_count(self, broker, monkeypatch):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self.use(monkeypatch, unused.getsockname()[1])
            before, started = failures(), time.monotonic()
            with transaction.atomic():
                publish(Noted(subject="a"))
            assert time.monotonic() - started < 1
        assert failures() == before + 1

    def test_one_that_accepts_and_says_nothing_is_given_up_quickly(self, broker, monkeypatch):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(50)
            self.use(monkeypatch, silent.getsockname()[1])
            before, started = failures(), time.monotonic()
            kick()
            assert time.monotonic() - started < 1
            assert failures() == before + 1

    def test_while_it_is_down_nobody_tries_again_for_a_while(self, broker, monkeypatch):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self.use(monkeypatch, unused.getsockname()[1])
            kick()
        monkeypatch.setattr(kicking, "_send", lambda *_arguments: pytest.fail("tried again"))
        before = failures()
        kick()
        assert failures() == before + 1

    def test_it_works_again_on_the_same_pool_after_the_broker_dropped_every_connection(self, broker):
        kick()
        broker.client_kill_filter(_type="normal", skipme=True)
        redis_again()
        begin()
        kick()
        kicking._breaker.record(success=True)
        begin()
        kick()
        assert len(kicks(broker)) >= 2


class TestTask:
    def test_it_delivers(self, broker):
        with transaction.atomic():
            publish(Noted(subject="a", text="x"))
        relay_outbox()
        assert Note.objects.get(subject="count:a").text == "x"
        assert len(kicks(broker)) == 1

    def test_it_hands_the_rest_to_another_run(self, broker, monkeypatch):
        monkeypatch.setattr("shop.core.outbox.tasks.LIMIT", 2)
        with transaction.atomic():
            for number in range(3):
                publish(Noted(subject=str(number)))
        relay_outbox()
        assert len(kicks(broker)) == 2
        relay_outbox()
        assert len(kicks(broker)) == 2
        assert Note.objects.filter(subject__startswith="count:").count() == 3

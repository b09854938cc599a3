"""Network guards: no call inside a transaction, bulkhead, breaker, deadline."""

import http.client
import threading

import pytest
import requests
from django.db import transaction
from prometheus_client import REGISTRY

from shop.core.errors import Unavailable, WechatBusy
from shop.core.network import Breaker, Bulkhead, Deadline, NetworkInTransaction, assert_no_transaction


class Time:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


class TestNoTransaction:
    @pytest.mark.django_db(transaction=True)
    def test_inside_a_transaction_it_is_a_mistake(self):
        assert_no_transaction()
        with transaction.atomic(), pytest.raises(NetworkInTransaction):
            assert_no_transaction()
        assert_no_transaction()

    @pytest.mark.django_db
    def test_the_transaction_around_a_test_is_not_ours(self):
        assert_no_transaction()
        with transaction.atomic(), pytest.raises(NetworkInTransaction):
            assert_no_transaction()

    @pytest.mark.django_db
    def test_the_suite_itself_refuses_http_inside_a_transaction(self, live_server):
        assert requests.get(f"{live_server.url}/absent", timeout=30).status_code == 404
        with transaction.atomic():
            with pytest.raises(NetworkInTransaction):
                requests.get(f"{live_server.url}/absent", timeout=30)
            with pytest.raises(NetworkInTransaction):
                http.client.HTTPConnection(live_server.thread.host, live_server.thread.port).request(
                    "GET", "/"
                )


class TestDeadline:
    def test_what_is_left_shrinks_to_nothing(self, time):
        deadline = Deadline(3, now=time)
        assert (deadline.remaining(), deadline.expired) == (3.0, False)
        time.now += 2
        assert (deadline.remaining(), deadline.cap(5), deadline.cap(0.5)) == (1.0, 1.0, 0.5)
        time.now += 2
        assert (deadline.remaining(), deadline.cap(5), deadline.expired) == (0.0, 0.0, True)


class TestBulkhead:
    def test_one_more_than_the_limit_is_refused_at_once(self):
        bulkhead = Bulkhead("test_full", 2)
        with bulkhead.place(), bulkhead.place():
            with pytest.raises(WechatBusy) as refusal, bulkhead.place():
                pytest.fail("there was no place")
            assert refusal.value.retry_after == 1
            assert REGISTRY.get_sample_value("shop_bulkhead_in_flight", {"bulkhead": "test_full"}) == 2
        assert REGISTRY.get_sample_value("shop_bulkhead_in_flight", {"bulkhead": "test_full"}) == 0
        assert REGISTRY.get_sample_value("shop_bulkhead_refused_total", {"bulkhead": "test_full"}) == 1
        with bulkhead.place():
            pass

    def test_with_patience_two_at_the_same_moment_both_go_through(self):
        bulkhead, second_waits = Bulkhead("test_patient", 1, patience=30), threading.Event()
        done: list[str] = []

        def second() -> None:
            second_waits.set()
            with bulkhead.place():
                done.append("second")

        with bulkhead.place():
            thread = threading.Thread(target=second)
            thread.start()
            second_waits.wait(30)
            done.append("first")
        thread.join(30)
        assert done == ["first", "second"]
        assert REGISTRY.get_sample_value("shop_bulkhead_refused_total", {"bulkhead": "test_patient"}) is None

    def test_patience_ends_and_the_waiting_room_is_bounded(self):
        bulkhead, refused = Bulkhead("test_impatient", 1, patience=0.3), []

        def late() -> None:
            try:
                with bulkhead.place():
                    pytest.fail("there was no place")
            except WechatBusy:
                refused.append(threading.current_thread().name)

        with bulkhead.place():
            threads = [threading.Thread(target=late) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(30)
        assert len(refused) == 3
        with bulkhead.place():
            pass

    def test_an_error_gives_the_place_back(self):
        bulkhead = Bulkhead("test_error", 1)
        with pytest.raises(ZeroDivisionError), bulkhead.place():
            raise ZeroDivisionError
        with bulkhead.place():
            pass

    def test_the_refusal_can_be_another(self):
        bulkhead = Bulkhead("test_refusal", 1, refusal=Unavailable)
        with bulkhead.place(), pytest.raises(Unavailable), bulkhead.place():
            pytest.fail("there was no place")

    def test_no_place_at_all_is_a_mistake(self):
        with pytest.raises(ValueError):
            Bulkhead("test_none", 0)

    def test_a_hundred_threads_never_exceed_the_limit(self):
        bulkhead, inside, most, refused = Bulkhead("test_storm", 5), [0], [0], []
        lock, start, all_tried = threading.Lock(), threading.Barrier(100), threading.Barrier(100)

        def run() -> None:
            start.wait(30)
            try:
                with bulkhead.place():
                    with lock:
                        inside[0] += 1
                        most[0] = max(most[0], inside[0])
                    all_tried.wait(30)
                    with lock:
                        inside[0] -= 1
            except WechatBusy:
                refused.append(1)
                all_tried.wait(30)

        threads = [threading.Thread(target=run) for _ in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert (most[0], len(refused)) == (5, 95)


class TestBreaker:
    def breaker(self, time: Time, **options) -> Breaker:
        settings = {"failure_threshold": 3, "window": 30, "cool_down": 10, "now": time, **options}
        return Breaker("test", **settings)

    def fail(self, breaker: Breaker, times: int = 1) -> None:
        for _ in range(times):
            breaker.admit()
            breaker.record(success=False)

    def gauge(self) -> float | None:
        return REGISTRY.get_sample_value("shop_breaker_state", {"breaker": "test"})

    def test_failures_in_a_row_open_it(self, time):
        breaker = self.breaker(time)
        self.fail(breaker, 2)
        assert (breaker.state, self.gauge()) == ("closed", 0)
        self.fail(breaker)
        assert (breaker.state, self.gauge()) == ("open", 2)
        time.now += 3.4
        with pytest.raises(WechatBusy) as refusal:
            breaker.admit()
        assert refusal.value.retry_after == 7

    def test_a_success_between_them_starts_the_count_again(self, time):
        breaker = self.breaker(time)
        self.fail(breaker, 2)
        breaker.admit()
        breaker.record(success=True)
        self.fail(breaker, 2)
        assert breaker.state == "closed"

    def test_failures_far_apart_do_not_open_it(self, time):
        breaker = self.breaker(time)
        for _ in range(6):
            self.fail(breaker)
            time.now += 16
        assert breaker.state == "closed"

    def test_exactly_within_the_window_they_do(self, time):
        breaker = self.breaker(time)
        for _ in range(2):
            self.fail(breaker)
            time.now += 15
        self.fail(breaker)
        assert breaker.state == "open"

    def test_half_open_lets_one_probe_through_and_its_success_closes(self, time):
        breaker = self.breaker(time)
        self.fail(breaker, 3)
        time.now += 10
        assert breaker.state == "half_open"
        breaker.admit()
        assert self.gauge() == 1
        with pytest.raises(WechatBusy):
            breaker.admit()
        breaker.record(success=True)
        assert (breaker.state, self.gauge()) == ("closed", 0)
        self.fail(breaker, 2)
        assert breaker.state == "closed"

    def test_the_probes_failure_opens_it_again(self, time):
        breaker = self.breaker(time)
        self.fail(breaker, 3)
        time.now += 1000
        self.fail(breaker)
        assert breaker.state == "open"
        time.now += 9.9
        with pytest.raises(WechatBusy) as refusal:
            breaker.admit()
        assert refusal.value.retry_after == 1

    def test_a_probe_that_never_reports_frees_its_place(self, time):
        breaker = self.breaker(time)
        self.fail(breaker, 3)
        time.now += 10
        breaker.admit()
        time.now += 10
        breaker.admit()
        breaker.record(success=True)
        assert breaker.state == "closed"

    def test_failures_of_calls_admitted_before_it_opened_do_not_prolong_it(self, time):
        breaker = self.breaker(time, failure_threshold=1)
        for _ in range(2):
            breaker.admit()
        breaker.record(success=False)
        time.now += 9
        breaker.record(success=False)
        time.now += 1
        assert breaker.state == "half_open"

    def test_a_threshold_of_nothing_is_a_mistake(self, time):
        with pytest.raises(ValueError):
            self.breaker(time, failure_threshold=0)

    def test_fifty_threads_send_one_probe(self, time):
        breaker, admitted, refused = self.breaker(time), [], []
        self.fail(breaker, 3)
        time.now += 10
        start = threading.Barrier(50)

        def run() -> None:
            start.wait(30)
            try:
                breaker.admit()
            except WechatBusy:
                refused.append(1)
            else:
                admitted.append(1)

        threads = [threading.Thread(target=run) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert (len(admitted), len(refused)) == (1, 49)

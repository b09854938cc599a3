"""Approvals, refresh tokens and rate limits under storm, and the same races without their guards."""

import threading
from typing import Any

import pytest
import redis as redis_library
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import override_settings

from shop.core import redis
from shop.core.actors import Actor
from shop.core.api.throttles import charge
from shop.core.approvals import approve, hold, reject
from shop.core.auth import open_session, refresh_session, revoke_member, sessions
from shop.core.auth.tokens import new_refresh
from shop.core.errors import ApprovalDecided, RefreshInvalid, Throttled
from shop.core.models import Approval, AuditEntry, RefreshSession, SessionFamily
from tests.shopfloor.approvals import PAY_OUT, RUN
from tests.shopfloor.models import Note
from tests.storms import THREADS, raised, storm

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def patient_redis(monkeypatch: pytest.MonkeyPatch) -> redis_library.Redis:
    """Two hundred new connections on a loaded machine take longer than a request may wait."""
    client = redis_library.Redis.from_url(settings.REDIS_URL, socket_timeout=60, max_connections=500)
    monkeypatch.setattr(redis, "client", lambda: client)
    return client


def bosses(number: int) -> list[Actor]:
    users = get_user_model().objects
    return [Actor.staff(users.create_superuser(f"boss{n}", password=None)) for n in range(number)]


def ask() -> Approval:
    RUN.clear()
    return hold(
        actor=Actor.system("job"), action=PAY_OUT, payload={"amount": 5}, subject=("w", "1"), reason=""
    )


def test_200_confirmations_of_one_request_by_two_people_run_it_once():
    deciders, approval = bosses(2), ask()
    results = storm(lambda n: approve(actor=deciders[n % 2], approval_id=approval.pk))
    refused = raised(results)
    assert len(refused) == THREADS - 1
    assert {type(error) for error in refused} == {ApprovalDecided}
    assert Note.objects.count() == len(RUN) == 1
    assert AuditEntry.objects.filter(action="approvals.approve").count() == 1


def test_confirming_and_refusing_at_once_ends_one_way():
    deciders, approval = bosses(2), ask()
    decide = (approve, reject)
    results = storm(lambda n: decide[n % 2](actor=deciders[n % 2], approval_id=approval.pk))
    assert len(raised(results)) == THREADS - 1
    approval.refresh_from_db()
    assert Note.objects.count() == (1 if approval.state == "approved" else 0)


def test_negative_control_without_the_row_lock_the_deed_is_done_many_times():
    approval = ask()
    everybody_has_read = threading.Barrier(THREADS)

    def approve_without_lock(number: int) -> None:
        with transaction.atomic():
            found = Approval.objects.get(pk=approval.pk)
            everybody_has_read.wait(60)
            if found.state == "pending":
                Note.objects.create(subject="payout")

    assert raised(storm(approve_without_lock)) == []
    assert Note.objects.count() == THREADS


def test_asking_200_times_at_once_waits_once():
    results = storm(
        lambda n: hold(actor=Actor.system("job"), action=PAY_OUT, payload={}, subject=("w", "1"), reason="")
    )
    assert len(raised(results)) == THREADS - 1
    assert Approval.objects.count() == AuditEntry.objects.count() == 1


def test_50_refreshes_of_one_token_at_once_give_one_pair():
    first = open_session(member_id=7)
    results = storm(lambda _n: refresh_session(first.refresh), threads=50)
    assert raised(results) == []
    assert len(set(results)) == 1
    assert RefreshSession.objects.count() == 2
    assert SessionFamily.objects.get().closed_at is None


def test_negative_control_without_the_family_lock_the_chain_forks(monkeypatch: pytest.MonkeyPatch):
    """The same storm with random successors and no lock: many live chains from one token."""
    first = open_session(member_id=7)
    everybody_has_read = threading.Barrier(50)

    def fork(number: int) -> str:
        with transaction.atomic():
            token = RefreshSession.objects.get(spent_at=None, family__member_id=7)
            everybody_has_read.wait(60)
            refresh = new_refresh()
            sessions._store(token.family, refresh, version=0)
        return refresh

    assert len(set(storm(fork, threads=50))) == 50
    assert RefreshSession.objects.filter(spent_at=None).count() == 51
    assert first


def test_revoking_during_a_storm_of_refreshes_leaves_no_living_session():
    pairs = [open_session(member_id=7) for _ in range(40)]

    def act(number: int) -> Any:
        if number % 5 == 4:
            return revoke_member(member_id=7)
        return refresh_session(pairs[number % 40].refresh)

    refused = raised(storm(act, threads=100))
    assert {type(error) for error in refused} <= {RefreshInvalid}
    assert SessionFamily.objects.filter(closed_at=None).count() == 0


@override_settings(SHOP_THROTTLES={"pay": (50, 3600, "member")})
def test_a_limit_of_50_lets_exactly_50_of_200_through(patient_redis: redis_library.Redis):
    results = storm(lambda _n: charge(("pay",), ip="10.0.0.1", member_id=1))
    refused = raised(results)
    assert len(refused) == THREADS - 50
    assert {type(error) for error in refused} == {Throttled}


def test_negative_control_reading_and_writing_apart_lets_everybody_through(
    patient_redis: redis_library.Redis,
):
    everybody_has_read = threading.Barrier(THREADS)
    client = patient_redis

    def read_then_write(number: int) -> bool:
        used = int(client.get("control") or 0)
        everybody_has_read.wait(60)
        client.set("control", used + 1)
        return used < 50

    assert storm(read_then_write) == [True] * THREADS

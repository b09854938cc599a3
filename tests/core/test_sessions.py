"""Sessions: one pair per spent token, reuse closes the family, logout and revocation act at once."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from django.conf import settings
from django.test import Client, override_settings

from shop.core import redis
from shop.core.auth import close_session, open_session, purge_sessions, refresh_session, revoke_member
from shop.core.auth.tokens import TokenPair, decode_access, encode_access
from shop.core.clock import wall
from shop.core.errors import RefreshInvalid, RefreshReused, TokenExpired, TokenInvalid
from shop.core.models import MemberRevocation, RefreshSession, SessionFamily

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.core.api_urls")]

REFRESH, LOGOUT, ME = "/api/v1/auth/refresh", "/api/v1/auth/logout", "/api/v1/test/member"


def post(client: Client, path: str, body: dict[str, Any], access: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {access}"} if access else {}
    return client.post(path, body, content_type="application/json", headers=headers)


def who(client: Client, access: str) -> tuple[int, str | int]:
    answer = client.get(ME, headers={"Authorization": f"Bearer {access}"})
    return answer.status_code, answer.json().get("member") or answer.json()["code"]


def test_a_fresh_pair_works_and_says_how_long(client: Client):
    pair = open_session(member_id=7, platform="ios", device_id="d1")
    assert pair.expires_in == 7200
    assert client.get(ME, headers={"Authorization": f"bearer {pair.access}"}).json() == {
        "member": 7,
        "actor": "member:7",
    }
    claims = decode_access(pair.access)
    assert (claims.member_id, claims.version) == (7, 0)
    family = SessionFamily.objects.get()
    assert (str(family.pk), family.member_id, family.platform, family.device_id) == (
        claims.session,
        7,
        "ios",
        "d1",
    )


def test_the_table_never_holds_a_token():
    pair = open_session(member_id=7)
    stored = bytes(RefreshSession.objects.get().token_hash)
    assert len(stored) == 32
    assert pair.refresh.encode() not in stored


def test_refresh_gives_a_new_pair_and_spends_the_old_token(client: Client):
    first = open_session(member_id=7)
    answer = post(client, REFRESH, {"refresh": first.refresh})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    assert set(body) == {"access", "refresh", "expires_in"}
    assert body["refresh"] != first.refresh
    assert who(client, body["access"]) == (200, 7)
    assert RefreshSession.objects.count() == 2


def test_a_spent_token_gives_the_same_pair_for_thirty_seconds_then_closes_the_family(client: Client):
    with time_machine.travel(wall(), tick=False) as clock:
        first = open_session(member_id=7)
        redis.client().flushdb()
        second = post(client, REFRESH, {"refresh": first.refresh}).json()
        clock.shift(30)
        assert post(client, REFRESH, {"refresh": first.refresh}).json() == second
        assert RefreshSession.objects.count() == 2
        clock.shift(1)
        late = post(client, REFRESH, {"refresh": first.refresh})
        assert (late.status_code, late.json()["code"]) == (401, "refresh_reused")
        assert SessionFamily.objects.get().close_reason == "reused"
        assert who(client, second["access"]) == (401, "token_invalid")
        assert post(client, REFRESH, {"refresh": second["refresh"]}).json()["code"] == "refresh_reused"
        assert RefreshSession.objects.count() == 2


def test_reuse_closes_only_its_own_family(client: Client):
    with time_machine.travel(wall(), tick=False) as clock:
        phone, tablet = open_session(member_id=7), open_session(member_id=7)
        refresh_session(phone.refresh)
        clock.shift(31)
        with pytest.raises(RefreshReused):
            refresh_session(phone.refresh)
        assert refresh_session(tablet.refresh).refresh != tablet.refresh


def test_the_successor_of_a_repeated_token_may_itself_be_spent():
    first = open_session(member_id=7)
    second = refresh_session(first.refresh)
    third = refresh_session(second.refresh)
    assert refresh_session(first.refresh) == second
    assert refresh_session(second.refresh) == third


@pytest.mark.parametrize("refresh", ["unknown", "x" * 43, "é" * 20])
def test_an_unknown_token_is_refused(client: Client, refresh: str):
    answer = post(client, REFRESH, {"refresh": refresh})
    assert (answer.status_code, answer.json()["code"]) == (401, "refresh_invalid")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_an_expired_refresh_token_is_refused_and_nothing_is_written():
    with time_machine.travel(wall(), tick=False) as clock:
        pair = open_session(member_id=7)
        clock.shift(timedelta(days=30))
        with pytest.raises(RefreshInvalid):
            refresh_session(pair.refresh)
        assert RefreshSession.objects.count() == 1
        assert SessionFamily.objects.get().closed_at is None


def test_an_access_token_in_the_header_does_not_disturb_refreshing(client: Client):
    pair = open_session(member_id=7)
    assert post(client, REFRESH, {"refresh": pair.refresh}, access="rubbish").status_code == 200


def test_an_access_token_expires_after_two_hours_of_true_time(client: Client):
    with time_machine.travel(wall(), tick=False) as clock:
        pair = open_session(member_id=7)
        clock.shift(7199)
        assert who(client, pair.access) == (200, 7)
        clock.shift(1)
        assert who(client, pair.access) == (401, "token_expired")


@override_settings(SHOP_CLOCK_OFFSET=86400 * 40)
def test_a_shifted_business_clock_does_not_touch_tokens(client: Client):
    pair = open_session(member_id=7)
    assert who(client, pair.access) == (200, 7)
    assert refresh_session(pair.refresh).refresh


def test_logout_closes_the_session_at_once_and_only_it(client: Client):
    here, there = open_session(member_id=7), open_session(member_id=7)
    assert who(client, here.access) == (200, 7)
    answer = post(client, LOGOUT, {"refresh": here.refresh}, here.access)
    assert (answer.status_code, answer.content) == (204, b"")
    assert who(client, here.access) == (401, "token_invalid")
    assert post(client, REFRESH, {"refresh": here.refresh}).json()["code"] == "refresh_invalid"
    assert who(client, there.access) == (200, 7)


def test_logout_with_the_refresh_token_of_another_own_session_closes_both(client: Client):
    here, there = open_session(member_id=7), open_session(member_id=7)
    post(client, LOGOUT, {"refresh": there.refresh}, here.access)
    assert SessionFamily.objects.filter(closed_at=None).count() == 0


def test_nobody_logs_another_member_out(client: Client):
    mine, theirs = open_session(member_id=7), open_session(member_id=8)
    assert post(client, LOGOUT, {"refresh": theirs.refresh}, mine.access).status_code == 204
    assert who(client, theirs.access) == (200, 8)
    assert SessionFamily.objects.get(member_id=8).closed_at is None


def test_logout_needs_login(client: Client):
    pair = open_session(member_id=7)
    answer = post(client, LOGOUT, {"refresh": pair.refresh})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert SessionFamily.objects.get().closed_at is None


def test_logging_out_twice_changes_nothing_the_second_time():
    pair = open_session(member_id=7)
    session = decode_access(pair.access).session
    close_session(member_id=7, session=session)
    closed_at = SessionFamily.objects.get().closed_at
    close_session(member_id=7, session=session)
    assert SessionFamily.objects.get().closed_at == closed_at


def test_revoking_a_member_ends_every_session_at_once_and_nobody_elses(client: Client):
    first, second, other = open_session(member_id=7), open_session(member_id=7), open_session(member_id=8)
    assert [who(client, pair.access)[0] for pair in (first, second, other)] == [200, 200, 200]
    assert revoke_member(member_id=7, reason="account closed") == 2
    assert [who(client, pair.access)[0] for pair in (first, second, other)] == [401, 401, 200]
    with pytest.raises(RefreshInvalid):
        refresh_session(first.refresh)
    again = open_session(member_id=7)
    assert who(client, again.access) == (200, 7)
    assert MemberRevocation.objects.get(pk=7).version == 1


def test_revoking_one_who_never_logged_in_is_harmless():
    assert revoke_member(member_id=99) == 0
    assert MemberRevocation.objects.get(pk=99).version == 1


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "rubbish",
        "Bearer a.b.c",
        "Bearer " + "x" * 5000,
        "Bearer é",
    ],
)
def test_a_header_that_is_no_good_token_is_401_even_on_public_endpoints(client: Client, header: str):
    for path in (ME, "/api/v1/test/echo"):
        answer = client.get(path, headers={"Authorization": header})
        assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


def _claims(**changes: Any) -> dict[str, Any]:
    now = int(wall().timestamp())
    return {"iss": "shop", "sub": "7", "sid": "s", "rv": 0, "iat": now, "exp": now + 60} | changes


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": 7},
        {"sub": "-7"},
        {"sub": "٧"},
        {"sid": 5},
        {"rv": "0"},
        {"exp": "soon"},
        {"iss": "other"},
        {"exp": None},
    ],
)
def test_well_signed_claims_of_a_wrong_shape_are_refused(changes: dict[str, Any]):
    from shop.core.auth.tokens import _keys

    token = jwt.encode(_claims(**changes), next(_keys("access")), algorithm="HS256")
    with pytest.raises(TokenInvalid):
        decode_access(token)


def test_unsigned_foreign_and_wrongly_keyed_tokens_are_refused():
    from shop.core.auth.tokens import _keys

    forged = [
        jwt.encode(_claims(), "", algorithm="none"),
        jwt.encode(_claims(), settings.SECRET_KEY, algorithm="HS256"),
        jwt.encode(_claims(), next(_keys("refresh")), algorithm="HS256"),
        jwt.encode(_claims(), next(_keys("access")), algorithm="HS512"),
    ]
    for token in forged:
        with pytest.raises(TokenInvalid):
            decode_access(token)


def test_a_token_of_a_session_that_never_was_is_refused(client: Client):
    for session in ("not-a-uuid", "00000000-0000-0000-0000-000000000000"):
        token = encode_access(member_id=7, session=session, version=0, issued_at=wall())
        assert who(client, token) == (401, "token_invalid")


def test_a_session_serves_only_the_member_it_belongs_to(client: Client):
    pair = open_session(member_id=7)
    session = decode_access(pair.access).session
    token = encode_access(member_id=8, session=session, version=0, issued_at=wall())
    assert who(client, token) == (401, "token_invalid")


def test_the_secret_key_can_be_rotated(client: Client):
    pair = open_session(member_id=7)
    old = settings.SECRET_KEY
    with override_settings(SECRET_KEY="n" * 50, SECRET_KEY_FALLBACKS=[old]):
        assert who(client, pair.access) == (200, 7)
        second = refresh_session(pair.refresh)
        assert refresh_session(pair.refresh) == second
    with override_settings(SECRET_KEY="n" * 50), pytest.raises(TokenInvalid):
        decode_access(pair.access)


def test_a_pair_is_repeated_even_when_the_key_was_rotated_in_between():
    pair = open_session(member_id=7)
    second = refresh_session(pair.refresh)
    old = settings.SECRET_KEY
    with override_settings(SECRET_KEY="n" * 50, SECRET_KEY_FALLBACKS=[old]):
        assert refresh_session(pair.refresh).refresh == second.refresh
    with override_settings(SECRET_KEY="n" * 50), pytest.raises(RefreshInvalid):
        refresh_session(pair.refresh)


def test_without_redis_sessions_work_and_revocation_acts_at_once(client: Client, redis_down: None):
    pair = open_session(member_id=7)
    assert who(client, pair.access) == (200, 7)
    revoke_member(member_id=7)
    assert who(client, pair.access) == (401, "token_invalid")


def test_a_warm_session_costs_no_database_query(client: Client, django_assert_num_queries: Any):
    pair = open_session(member_id=7)
    with django_assert_num_queries(1):
        assert who(client, pair.access) == (200, 7)
    with django_assert_num_queries(0):
        assert who(client, pair.access) == (200, 7)


def test_a_stale_reader_cannot_bring_a_closed_session_back(client: Client):
    from shop.core.auth.state import _fill, _session_key

    pair = open_session(member_id=7)
    session = decode_access(pair.access).session
    close_session(member_id=7, session=session)
    _fill(redis.client(), {_session_key(session): 7})
    assert who(client, pair.access) == (401, "token_invalid")


def test_only_families_whose_every_token_expired_are_purged():
    with time_machine.travel(wall(), tick=False) as clock:
        old, alive = open_session(member_id=7), open_session(member_id=8)
        clock.shift(timedelta(days=20))
        kept = refresh_session(alive.refresh)
        clock.shift(timedelta(days=11))
        assert purge_sessions() == 1
        assert [family.member_id for family in SessionFamily.objects.all()] == [8]
        with pytest.raises(RefreshInvalid):
            refresh_session(old.refresh)
        assert isinstance(refresh_session(kept.refresh), TokenPair)
        assert purge_sessions() == 0


def test_expired_beats_invalid_only_for_good_signatures():
    past = int(wall().timestamp()) - 10
    from shop.core.auth.tokens import _keys

    with pytest.raises(TokenExpired):
        decode_access(jwt.encode(_claims(exp=past), next(_keys("access")), algorithm="HS256"))
    with pytest.raises(TokenInvalid):
        decode_access(jwt.encode(_claims(exp=past), "x" * 32, algorithm="HS256"))

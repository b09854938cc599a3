"""Do check-ins, invitations and tasks say what the ledgers say was given for them? Changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from members.rewards.jobs import KEEP_DAYS
from members.rewards.rules import ONCE_WINDOW
from shop.core import clock

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction: what kind, under which number, and both sides of it."""

    kind: str
    number: str
    detail: str


def _posted(*reasons: str) -> str:
    """Return a subquery: what points, growth and gift money were posted for these reasons together."""
    listed = ", ".join(f"'{reason}'" for reason in reasons)
    parts = (
        ("members_pointsentry", "amount, 0, 0"),
        ("members_growthentry", "0, amount, 0"),
        ("members_walletgiftentry", "0, 0, amount"),
    )
    entries = " UNION ALL ".join(
        f"SELECT account_id, reference, {amounts} FROM {table} WHERE reason IN ({listed})"  # noqa: S608  our own text
        for table, amounts in parts
    )
    return f"""
        (SELECT member_id, reference, sum(points) AS points, sum(growth) AS growth, sum(money) AS money
         FROM ({entries}) AS entries (member_id, reference, points, growth, money) GROUP BY 1, 2)"""  # noqa: S608  our own text


def _given(rows: str, *reasons: str) -> str:
    """Return a query: ``rows`` (member_id, reference, points, growth, money) beside what was posted."""
    return f"""
        SELECT format('%%s:%%s', coalesce(r.member_id, p.member_id), coalesce(r.reference, p.reference)),
               format('%%s points, %%s growth, %%s fen; posted %%s, %%s, %%s', r.points, r.growth, r.money,
                      coalesce(p.points, 0), coalesce(p.growth, 0), coalesce(p.money, 0))
        FROM ({rows}) r
        FULL JOIN {_posted(*reasons)} p ON p.member_id = r.member_id AND p.reference = r.reference
        WHERE (r.points, r.growth, r.money)
          IS DISTINCT FROM (coalesce(p.points, 0), coalesce(p.growth, 0), coalesce(p.money, 0))"""  # noqa: S608  our own text


def _taken_back(rows: str, reversed_: str, *reasons: str) -> str:
    """Return a query: what was taken back is never more than those of ``rows`` gave that are reversed."""
    return f"""
        SELECT format('%%s:%%s', p.member_id, p.reference),
               format('%%s points, %%s growth, %%s fen to take back; posted %%s, %%s, %%s',
                      r.points, r.growth, r.money, p.points, p.growth, p.money)
        FROM {_posted(*reasons)} p
        LEFT JOIN ({rows}) r
          ON p.member_id = r.member_id AND p.reference = r.reference AND r.{reversed_}
        WHERE -p.points NOT BETWEEN 0 AND coalesce(r.points, 0)
           OR -p.growth NOT BETWEEN 0 AND coalesce(r.growth, 0)
           OR -p.money NOT BETWEEN 0 AND coalesce(r.money, 0)"""  # noqa: S608  our own text


def _side(side: str, member: str) -> str:
    return f"""
        SELECT {member} AS member_id, newcomer_id::text AS reference, state,
               {side}_points AS points, {side}_growth AS growth, {side}_money AS money
        FROM members_invitation WHERE counted_at IS NOT NULL"""  # noqa: S608  our own text


_CHECK_INS = """
    SELECT member_id, to_char(day, 'YYYY-MM-DD') AS reference, points, growth, money FROM members_checkin"""
_INVITERS = _side("inviter", "inviter_id")
_NEWCOMERS = _side("newcomer", "newcomer_id")
_CLAIMS = """
    SELECT member_id, format('%%s:%%s', task_id, to_char("window", 'YYYY-MM-DD')) AS reference,
           points, growth, money, reversed_at FROM members_taskclaim"""

# Each query returns (number, detail) of what does not add up, and reads one snapshot. A row that gave nothing
# and has no entry is left out by comparing zero with zero.
_DRIFT: dict[str, str] = {
    "check_in": _given(_CHECK_INS, "check_in", "check_in_streak"),
    "make_up": """
        SELECT format('%%s:%%s', coalesce(c.member_id, s.member_id), coalesce(c.reference, s.reference)),
               format('cost %%s, spent %%s', c.cost, s.points)
        FROM (SELECT member_id, to_char(day, 'YYYY-MM-DD') AS reference, cost FROM members_checkin
              WHERE cost > 0) c
        FULL JOIN (SELECT member_id, reference, sum(amount - returned) AS points FROM members_pointsspend
                   WHERE reason = 'check_in_make_up' GROUP BY 1, 2) s
          ON s.member_id = c.member_id AND s.reference = c.reference
        WHERE c.cost IS DISTINCT FROM s.points""",
    "month": """
        SELECT format('%%s:%%s', coalesce(m.member_id, c.member_id),
                      to_char(coalesce(m.month, c.month), 'YYYY-MM')),
               format('%%s made up, days %%s', m.made_up, c.days)
        FROM members_checkinmonth m
        FULL JOIN (SELECT member_id, date_trunc('month', day)::date AS month, count(*) AS days
                   FROM members_checkin WHERE is_made_up GROUP BY 1, 2) c
          ON c.member_id = m.member_id AND c.month = m.month
        WHERE coalesce(m.made_up, 0) <> coalesce(c.days, 0)""",
    "inviter": _given(_INVITERS, "invitation", "invite"),
    "newcomer": _given(_NEWCOMERS, "invited"),
    "inviter_back": _taken_back(_INVITERS, "state = 'reversed'", "invitation_back"),
    "newcomer_back": _taken_back(_NEWCOMERS, "state = 'reversed'", "invited_back"),
    # One over a cap that was taken back later looks like one that was rewarded and taken back.
    "tally": """
        SELECT t.member_id::text, format('counted %%s, rewarded %%s, taken back %%s', t.count,
                                         coalesce(i.rewarded, 0), coalesce(i.reversed, 0))
        FROM members_invitetally t
        LEFT JOIN (SELECT inviter_id, count(*) FILTER (WHERE state = 'rewarded') AS rewarded,
                          count(*) FILTER (WHERE state = 'reversed') AS reversed
                   FROM members_invitation GROUP BY 1) i ON i.inviter_id = t.member_id
        WHERE t.period = 'ever' AND t.count NOT BETWEEN coalesce(i.rewarded, 0)
                                            AND coalesce(i.rewarded, 0) + coalesce(i.reversed, 0)""",
    "task": _given(_CLAIMS, "task"),
    "task_back": _taken_back(_CLAIMS, "reversed_at IS NOT NULL", "task_back"),
    # Deeds of old windows are deleted in time; their progress stays.
    "progress": """
        SELECT format('%%s:%%s:%%s', p.member_id, p.task_id, p."window"),
               format('progress %%s, deeds %%s', p.amount, coalesce(d.amount, 0))
        FROM members_taskprogress p JOIN members_task t ON t.id = p.task_id
        LEFT JOIN (SELECT member_id, task_id, "window", sum(amount) AS amount FROM members_taskevent
                   GROUP BY 1, 2, 3) d
          ON d.member_id = p.member_id AND d.task_id = p.task_id AND d."window" = p."window"
        WHERE coalesce(d.amount, 0) > p.amount
           OR (coalesce(d.amount, 0) <> p.amount
               AND (p."window" >= %(kept)s OR (p."window" = %(once)s
                    AND (t.ends_at IS NULL OR t.ends_at >= %(ended)s))))""",
}


def audit_rewards() -> Iterator[Finding]:
    """Yield every contradiction; that entries sum up to balances is for ``audit_ledgers``."""
    keep = timedelta(days=KEEP_DAYS)
    limits = {"kept": clock.today() - keep, "once": ONCE_WINDOW, "ended": clock.now() - keep}
    for kind, query in _DRIFT.items():
        with connection.chunked_cursor() as cursor:
            cursor.execute(query, limits)
            while rows := cursor.fetchmany(_BATCH):
                yield from (Finding(kind, number, detail) for number, detail in rows)

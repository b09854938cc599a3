"""The tiers' jobs."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from members.tiers.services.gifting import give_calendar_gifts
from members.tiers.services.reviewing import review_tiers
from shop.core.jobs import job


@job(
    name="members.review_tiers",
    every=timedelta(minutes=10),
    title=_("Review members' tiers"),
    description=_(
        "Keeps or lowers tiers whose time is over, ends those of cards, looks at everybody after the tiers"
        " were changed. Stopped: members keep a tier longer; nobody loses anything."
    ),
)
def review() -> int:
    """Evaluate who is due."""
    return review_tiers()


@job(
    name="members.give_tier_gifts",
    every=timedelta(minutes=10),
    title=_("Give the gifts of tiers"),
    description=_(
        "Gives birthday, monthly and holiday gifts. Stopped: they come later; birthday and holiday gifts up"
        " to three days late, then not at all."
    ),
)
def give_gifts() -> int:
    """Give what the calendar asks for."""
    return give_calendar_gifts()

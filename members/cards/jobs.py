"""The card room's jobs."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from members.cards.services import purchases, upkeep
from shop.core.jobs import job


@job(
    name="members.expire_card_purchases",
    every=timedelta(minutes=1),
    title=_("Close unpaid card purchases"),
    description=_(
        "Closes card purchases whose time to pay is over. Stopped: members see old unpaid purchases; no money"
        " is touched."
    ),
)
def expire_card_purchases() -> int:
    """Close what nobody paid in time."""
    return purchases.expire_purchases()


@job(
    name="members.turn_cards",
    every=timedelta(minutes=1),
    title=_("Begin and end member cards"),
    description=_(
        "Announces cards that came to their end, and gives and takes the tiers that come with cards. Stopped:"
        " tiers of cards begin and end later; discounts begin and end by themselves."
    ),
)
def turn_cards() -> int:
    """Carry out what the calendar asks for."""
    return upkeep.turn_cards()


@job(
    name="members.remind_card_holders",
    every=timedelta(minutes=10),
    title=_("Remind members of ending cards"),
    description=_(
        "Announces cards that end soon and are not renewed. Stopped: members are reminded later, or not at"
        " all once the card has ended."
    ),
)
def remind_card_holders() -> int:
    """Tell who should renew."""
    return upkeep.remind_members()

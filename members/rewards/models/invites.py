"""Who brought whom, and what that earned both."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from members.rewards.models.bundle import Bundle
from shop.core.crypto.hashing import HASH_LENGTH
from shop.core.money import FenField


class Side(models.TextChoices):
    """The two who may earn something."""

    INVITER = "inviter", _("who invites")
    NEWCOMER = "newcomer", _("who is new")


class Condition(models.TextChoices):
    """When an invitation counts."""

    OFF = "off", _("never: only record who brought whom")
    SIGN_UP = "sign_up", _("when the newcomer joins")
    PHONE = "phone", _("when the newcomer binds a phone number")
    FIRST_ORDER = "first_order", _("when the newcomer's first order is paid")


class InviteReward(Bundle):
    """What one side gets for an invitation that counts."""

    side = models.CharField(_("given to"), max_length=8, choices=Side.choices, unique=True)

    class Meta:
        verbose_name = _("invitation reward")
        verbose_name_plural = _("invitation rewards")
        ordering = ("side",)
        constraints = [models.CheckConstraint(condition=Q(money__gte=0), name="rewards_invite_money")]

    def __str__(self) -> str:
        return str(self.get_side_display())


class InviteCode(models.Model):
    """The code that a member's invitations carry; made on first use, never changed."""

    member = models.OneToOneField(Member, primary_key=True, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(_("invitation code"), max_length=32, unique=True)

    class Meta:
        verbose_name = _("invitation code")
        verbose_name_plural = _("invitation codes")

    def __str__(self) -> str:
        return self.code


class Invitation(models.Model):
    """One member brought another, who was new. A member has one inviter for ever.

    An inviter is always the older member, so nobody invites themselves and no chain closes into a ring.
    ``identity_hash`` lets one WeChat account be a newcomer once, however often it closes its membership.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        REWARDED = "rewarded", _("rewarded")
        CAPPED = "capped", _("over the inviter's cap")
        RECORDED = "recorded", _("recorded only")
        KNOWN = "known", _("not new: was invited before")
        REVERSED = "reversed", _("taken back")

    inviter = models.ForeignKey(
        Member, verbose_name=_("inviter"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    newcomer = models.OneToOneField(
        Member, verbose_name=_("newcomer"), on_delete=models.PROTECT, related_name="invitation"
    )
    identity_hash = models.CharField(max_length=HASH_LENGTH, blank=True, editable=False)
    condition = models.CharField(_("counts"), max_length=11, choices=Condition.choices)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    order = models.CharField(_("order"), max_length=32, blank=True)
    created_at = models.DateTimeField(_("joined at"))
    counted_at = models.DateTimeField(_("counted at"), null=True, blank=True)
    reversed_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    inviter_points = models.PositiveIntegerField(_("inviter's points"), default=0)
    inviter_growth = models.PositiveIntegerField(_("inviter's growth"), default=0)
    inviter_money = FenField(_("inviter's gift money"), default=0)
    newcomer_points = models.PositiveIntegerField(_("newcomer's points"), default=0)
    newcomer_growth = models.PositiveIntegerField(_("newcomer's growth"), default=0)
    newcomer_money = FenField(_("newcomer's gift money"), default=0)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.CheckConstraint(condition=Q(inviter__lt=F("newcomer")), name="rewards_inviter_is_older"),
            models.UniqueConstraint(
                fields=["identity_hash"], condition=~Q(identity_hash=""), name="rewards_newcomer_once"
            ),
            models.CheckConstraint(
                condition=Q(inviter_money__gte=0) & Q(newcomer_money__gte=0), name="rewards_invitation_money"
            ),
        ]
        indexes = [
            models.Index(fields=["inviter", "-id"], name="rewards_invitation_list"),
            models.Index(fields=["order"], condition=~Q(order=""), name="rewards_invitation_order"),
        ]

    def __str__(self) -> str:
        return f"#{self.inviter_id} → #{self.newcomer_id}"


class InviteTally(models.Model):
    """How many invitations earned an inviter something: on a Beijing day, or in all (``ever``)."""

    EVER = "ever"

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    period = models.CharField(max_length=10)
    count = models.PositiveIntegerField(default=0)
    cap = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("tally of invitations")
        verbose_name_plural = _("tallies of invitations")
        constraints = [
            models.UniqueConstraint(fields=["member", "period"], name="rewards_tally_once"),
            models.CheckConstraint(
                condition=Q(cap__isnull=True) | Q(count__lte=F("cap")), name="rewards_tally_within_cap"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.period}"

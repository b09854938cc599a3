"""A shopper, and the WeChat identities by which the shop knows one."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import ExtractDay, ExtractMonth
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shop.core.crypto.fields import EncryptedTextField
from shop.core.crypto.hashing import HASH_LENGTH


class Member(models.Model):
    """A shopper. Not a Django user: members never enter the console.

    What identifies a person is encrypted; ``phone_hash`` finds a member by phone and ``unionid_hash`` by the
    WeChat account behind several identities: unique, so that two mini-programs opened at once still make one
    member. Closing an account overwrites it all and keeps the row, because orders and ledgers name it.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        CLOSED = "closed", pgettext_lazy("account", "closed")

    class Gender(models.TextChoices):
        UNKNOWN = "unknown", _("not said")
        FEMALE = "female", _("female")
        MALE = "male", _("male")

    NICKNAME_LENGTH = 30
    AVATAR_LENGTH = 300

    nickname = models.CharField(_("nickname"), max_length=NICKNAME_LENGTH, blank=True)
    avatar = models.CharField(_("picture"), max_length=AVATAR_LENGTH, blank=True)
    phone = EncryptedTextField(_("phone"), blank=True, default="")
    phone_hash = models.CharField(max_length=HASH_LENGTH, blank=True, default="", editable=False)
    unionid_hash = models.CharField(max_length=HASH_LENGTH, blank=True, default="", editable=False)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    gender = models.CharField(_("gender"), max_length=8, choices=Gender.choices, default=Gender.UNKNOWN)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.ACTIVE)
    created_at = models.DateTimeField(_("joined at"))
    last_seen_at = models.DateTimeField(_("last login at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, editable=False)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(
                fields=("phone_hash",), condition=~Q(phone_hash=""), name="members_member_phone_once"
            ),
            models.UniqueConstraint(
                fields=("unionid_hash",), condition=~Q(unionid_hash=""), name="members_member_unionid_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="closed")
                | Q(
                    nickname="",
                    avatar="",
                    phone_hash="",
                    unionid_hash="",
                    birthday__isnull=True,
                    gender="unknown",
                    closed_at__isnull=False,
                ),
                name="members_member_closed_is_anonymous",
            ),
        ]
        indexes = [
            models.Index(
                ExtractMonth("birthday"),
                ExtractDay("birthday"),
                condition=Q(birthday__isnull=False),
                name="members_member_birthdays",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class WechatIdentity(models.Model):
    """One WeChat account as one mini-program sees it; a member may hold one for each mini-program."""

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.CASCADE, related_name="identities"
    )
    appid = models.CharField(_("appid"), max_length=32)
    openid = EncryptedTextField(_("openid"))
    openid_hash = models.CharField(max_length=HASH_LENGTH, editable=False)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("WeChat identity")
        verbose_name_plural = _("WeChat identities")
        constraints = [models.UniqueConstraint(fields=("appid", "openid_hash"), name="members_identity_once")]

    def __str__(self) -> str:
        return f"{self.appid}:{self.member_id}"


class ProfileCheck(models.Model):
    """A nickname or picture that WeChat's content security, or staff, has not passed yet.

    Until then the old value stands and only the member sees this one. ``due_at`` is when the shop asks
    WeChat (again); empty while only a person can decide.
    """

    class Field(models.TextChoices):
        NICKNAME = "nickname", _("nickname")
        AVATAR = "avatar", _("picture")

    class State(models.TextChoices):
        WAITING = "waiting", _("to be checked")
        ASKED = "asked", _("verdict awaited")
        REVIEW = "review", _("for staff to decide")

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.CASCADE, related_name="profile_checks"
    )
    field = models.CharField(_("field"), max_length=8, choices=Field.choices)
    value = models.CharField(_("value"), max_length=Member.AVATAR_LENGTH)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    trace_id = models.CharField(max_length=64, blank=True, editable=False)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("next look"), null=True, editable=False)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("profile check")
        verbose_name_plural = _("profile checks")
        constraints = [models.UniqueConstraint(fields=("member", "field"), name="members_check_once")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="members_check_due"),
            models.Index(fields=["trace_id"], condition=~Q(trace_id=""), name="members_check_trace"),
        ]

    def __str__(self) -> str:
        return f"#{self.member_id} {self.field}"

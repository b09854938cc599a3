"""A shopper, and the WeChat identities by which the shop knows one."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.core.crypto.fields import EncryptedTextField
from shop.core.crypto.hashing import HASH_LENGTH


class Member(models.Model):
    """A shopper. Not a Django user: members never enter the console.

    What identifies a person is encrypted; ``phone_hash`` finds a member by phone. Closing an account
    overwrites it all and keeps the row, because orders and ledgers name it.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        CLOSED = "closed", _("closed")

    class Gender(models.TextChoices):
        UNKNOWN = "unknown", _("not said")
        FEMALE = "female", _("female")
        MALE = "male", _("male")

    nickname = models.CharField(_("nickname"), max_length=30, blank=True)
    avatar = models.CharField(_("picture"), max_length=300, blank=True)
    phone = EncryptedTextField(_("phone"), blank=True, default="")
    phone_hash = models.CharField(max_length=HASH_LENGTH, blank=True, default="", editable=False)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    gender = models.CharField(_("gender"), max_length=8, choices=Gender.choices, default=Gender.UNKNOWN)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.ACTIVE)
    created_at = models.DateTimeField(_("joined at"))
    last_seen_at = models.DateTimeField(_("last seen at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, editable=False)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(
                fields=("phone_hash",), condition=~Q(phone_hash=""), name="members_member_phone_once"
            )
        ]

    def __str__(self) -> str:
        return self.nickname or f"#{self.pk}"


class WechatIdentity(models.Model):
    """One WeChat account as one mini-program sees it. Several identities of one person share a unionid."""

    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.CASCADE, related_name="identities"
    )
    appid = models.CharField(_("appid"), max_length=32)
    openid = EncryptedTextField(_("openid"))
    openid_hash = models.CharField(max_length=HASH_LENGTH, editable=False)
    unionid_hash = models.CharField(max_length=HASH_LENGTH, blank=True, default="", editable=False)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("WeChat identity")
        verbose_name_plural = _("WeChat identities")
        constraints = [models.UniqueConstraint(fields=("appid", "openid_hash"), name="members_identity_once")]
        indexes = [
            models.Index(
                fields=["unionid_hash"], condition=~Q(unionid_hash=""), name="members_identity_unionid"
            )
        ]

    def __str__(self) -> str:
        return f"{self.appid}:{self.member_id}"

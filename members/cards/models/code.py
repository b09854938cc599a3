"""Card codes: made in batches, handed out on paper, redeemed once."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.cards.models.card import MemberCard
from members.models.member import Member
from shop.core.crypto.fields import EncryptedTextField
from shop.core.crypto.hashing import HASH_LENGTH

MOST_CODES = 10_000


class CardCodeBatch(models.Model):
    """Codes for one card, made together.

    ``sealed`` holds the codes in clear, encrypted, until they are exported; that happens once, and then only
    their keyed hashes are left. A batch that is not active redeems nothing.
    """

    name = models.CharField(_("name"), max_length=60)
    card = models.ForeignKey(
        MemberCard, verbose_name=_("card"), on_delete=models.PROTECT, related_name="code_batches"
    )
    quantity = models.PositiveIntegerField(
        _("codes"), validators=[MinValueValidator(1), MaxValueValidator(MOST_CODES)]
    )
    redeem_until = models.DateTimeField(
        _("redeem until"), null=True, blank=True, help_text=_("Empty: without end.")
    )
    is_active = models.BooleanField(_("may be redeemed"), default=True)
    sealed = EncryptedTextField(blank=True, default="", editable=False)
    created_at = models.DateTimeField(_("created"), editable=False)
    exported_at = models.DateTimeField(_("exported at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("batch of card codes")
        verbose_name_plural = _("batches of card codes")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & Q(quantity__lte=MOST_CODES), name="cards_batch_quantity"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CardCode(models.Model):
    """One code, known by its keyed hash only."""

    batch = models.ForeignKey(CardCodeBatch, on_delete=models.PROTECT, related_name="codes")
    code_hash = models.CharField(max_length=HASH_LENGTH, unique=True)
    redeemed_by = models.ForeignKey(
        Member, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    redeemed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("card code")
        verbose_name_plural = _("card codes")
        constraints = [
            models.CheckConstraint(
                condition=Q(redeemed_by__isnull=True, redeemed_at__isnull=True)
                | Q(redeemed_by__isnull=False, redeemed_at__isnull=False),
                name="cards_code_redeemed_whole",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class CardGuesses(models.Model):
    """How many wrong codes a member tried in a row."""

    member = models.OneToOneField(Member, primary_key=True, on_delete=models.CASCADE, related_name="+")
    failures = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("wrong card codes")
        verbose_name_plural = _("wrong card codes")

    def __str__(self) -> str:
        return f"{self.member_id}: {self.failures}"

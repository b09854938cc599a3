"""What members leave behind: favourites, visits, touches; and the scenes that bring them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.member import Member


class Favourite(models.Model):
    """A product a member keeps; at most ``LIMIT`` a member."""

    LIMIT = 500

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="favourites", db_index=False)
    product = models.ForeignKey("catalog.Product", on_delete=models.CASCADE)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        constraints = [models.UniqueConstraint(fields=("member", "product"), name="members_favourite_once")]
        indexes = [models.Index(fields=["member", "-id"], name="members_favourite_list")]

    def __str__(self) -> str:
        return f"{self.member_id}:{self.product_id}"


class Visit(models.Model):
    """The last time a member looked at a product; at most ``LIMIT`` a member are kept."""

    LIMIT = 200

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="visits", db_index=False)
    product = models.ForeignKey("catalog.Product", on_delete=models.CASCADE)
    visited_at = models.DateTimeField()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = [models.UniqueConstraint(fields=("member", "product"), name="members_visit_once")]
        indexes = [
            models.Index(fields=["member", "-visited_at", "-id"], name="members_visit_list"),
            models.Index(fields=["visited_at"], name="members_visit_old"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id}:{self.product_id}"


class Scene(models.Model):
    """What a mini-program code stands for: WeChat carries at most 32 characters, so they are a short name."""

    name = models.CharField(_("scene"), max_length=32, unique=True)
    page = models.CharField(_("page"), max_length=200)
    query = models.JSONField(_("parameters"), default=dict, blank=True)
    channel = models.CharField(_("channel"), max_length=40, blank=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("scene")
        verbose_name_plural = _("scenes")

    def __str__(self) -> str:
        return self.name


class Touch(models.Model):
    """How a member came here, stored before the answer and read when an order is paid; append-only."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="touches", db_index=False)
    promoter = models.CharField(_("promoter"), max_length=32, blank=True)
    scene = models.CharField(_("scene"), max_length=32, blank=True)
    invite = models.CharField(_("invitation"), max_length=32, blank=True)
    channel = models.CharField(_("channel"), max_length=40, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("touch")
        verbose_name_plural = _("touches")
        indexes = [
            models.Index(fields=["member", "-id"], name="members_touch_latest"),
            models.Index(fields=["at"], name="members_touch_old"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.at:%Y-%m-%d}"

"""Messages to the staff's group chat about orders: intentions that a job carries out."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.order import Order
from shop.payments.models.watched import Watched


class OrderAlert(Watched):
    """The intention to tell staff about a new paid order, once; written with the fact, sent by a job."""

    class State(models.TextChoices):
        PENDING = "pending", _("to be sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("given up")
        SKIPPED = "skipped", _("not wanted any more")

    order = models.OneToOneField(
        Order, verbose_name=_("order"), on_delete=models.CASCADE, related_name="alert"
    )
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PENDING)
    last_answer = models.CharField(_("last answer"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("created at"))
    sent_at = models.DateTimeField(_("sent at"), null=True)

    class Meta:
        verbose_name = _("new-order alert")
        verbose_name_plural = _("new-order alerts")
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="orders_alert_due")
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.state}"

"""Routes of payments under ``/api/v1``."""

from django.urls import path

from shop.payments.api.views import PaymentView

urlpatterns = [
    path("payments/<number:number>", PaymentView.as_view(), name="payment"),
]

"""Routes of the wallet room."""

from django.urls import path

from members.wallet.api import recharges, views

urlpatterns = [
    path("me/wallet", views.WalletView.as_view(), name="me-wallet"),
    path("me/wallet/entries", views.EntriesView.as_view(), name="me-wallet-entries"),
    path("me/wallet/statements/<month:month>", views.StatementView.as_view(), name="me-wallet-statement"),
    path("me/wallet/password", views.PasswordView.as_view(), name="me-wallet-password"),
    path("me/wallet/verifications", views.VerificationView.as_view(), name="me-wallet-verifications"),
    path("recharge-packages", recharges.PackagesView.as_view(), name="recharge-packages"),
    path("me/wallet/recharges", recharges.RechargesView.as_view(), name="me-recharges"),
    path("me/wallet/recharges/<number:number>", recharges.RechargeView.as_view(), name="me-recharge"),
    path(
        "me/wallet/recharges/<number:number>/payments",
        recharges.RechargePaymentsView.as_view(),
        name="me-recharge-payments",
    ),
    path(
        "me/wallet/recharges/<number:number>/cancel",
        recharges.RechargeCancelView.as_view(),
        name="me-recharge-cancel",
    ),
]

"""Routes of the card room."""

from django.urls import path

from members.cards.api import purchases, views

urlpatterns = [
    path("member-cards", views.CardsOnOfferView.as_view(), name="member-cards"),
    path("me/cards", views.MyCardsView.as_view(), name="me-cards"),
    path("me/cards/redemptions", views.RedemptionsView.as_view(), name="me-card-redemptions"),
    path("me/cards/purchases", purchases.PurchasesView.as_view(), name="me-card-purchases"),
    path("me/cards/purchases/<number:number>", purchases.PurchaseView.as_view(), name="me-card-purchase"),
    path(
        "me/cards/purchases/<number:number>/payments",
        purchases.PurchasePaymentsView.as_view(),
        name="me-card-purchase-payments",
    ),
    path(
        "me/cards/purchases/<number:number>/cancel",
        purchases.PurchaseCancelView.as_view(),
        name="me-card-purchase-cancel",
    ),
]

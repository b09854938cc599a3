"""Routes of carts and orders under ``/api/v1``."""

from django.urls import path

from orders.api import cart_views, views

urlpatterns = [
    path("cart", cart_views.CartView.as_view(), name="cart"),
    path("cart/items", cart_views.CartItemsView.as_view(), name="cart-items"),
    path("cart/items/<id:item_id>", cart_views.CartItemView.as_view(), name="cart-item"),
    path("cart/select", cart_views.CartSelectView.as_view(), name="cart-select"),
    path("checkout/quote", views.QuoteView.as_view(), name="checkout-quote"),
    path("orders", views.OrdersView.as_view(), name="orders"),
    path("orders/counts", views.OrderCountsView.as_view(), name="order-counts"),
    path("orders/<number:number>", views.OrderDetailView.as_view(), name="order"),
    path("orders/<number:number>/payments", views.OrderPaymentsView.as_view(), name="order-payments"),
    path("orders/<number:number>/cancel", views.OrderCancelView.as_view(), name="order-cancel"),
    path("orders/<number:number>/confirm", views.OrderConfirmView.as_view(), name="order-confirm"),
    path("orders/<number:number>/remind", views.OrderRemindView.as_view(), name="order-remind"),
    path("orders/<number:number>/tracking", views.OrderTrackingView.as_view(), name="order-tracking"),
    path("carriers", views.CarriersView.as_view(), name="carriers"),
]

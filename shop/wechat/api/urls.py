"""Addresses registered with WeChat; they never change and take no query string (messages: WeChat's own)."""

from django.urls import path

from shop.wechat.api import views

urlpatterns = [
    path("wechat/pay/notify", views.pay_notify, name="wechat-pay-notify"),
    path("wechat/refund/notify", views.refund_notify, name="wechat-refund-notify"),
    path("wechat/transfer/notify", views.transfer_notify, name="wechat-transfer-notify"),
    path("wechat/messages", views.messages, name="wechat-messages"),
]

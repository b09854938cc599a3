"""Routes of members under ``/api/v1``."""

from django.urls import include, path

from members.api import addresses, converters, me, public, session, shelves, uploads

converters.register()

urlpatterns = [
    path("auth/wechat", session.WechatLoginView.as_view(), name="auth-wechat"),
    path("me", me.MeView.as_view(), name="me"),
    path("me/phone", me.PhoneView.as_view(), name="me-phone"),
    path("me/consents", me.ConsentView.as_view(), name="me-consents"),
    path("me/touches", me.TouchView.as_view(), name="me-touches"),
    path("me/export", me.ExportView.as_view(), name="me-export"),
    path("me/addresses", addresses.AddressesView.as_view(), name="me-addresses"),
    path("me/addresses/<id:address_id>", addresses.AddressView.as_view(), name="me-address"),
    path("me/favourites", shelves.FavouritesView.as_view(), name="me-favourites"),
    path("me/favourites/<id:product_id>", shelves.FavouriteView.as_view(), name="me-favourite"),
    path("me/history", shelves.HistoryView.as_view(), name="me-history"),
    path("me/history/<id:product_id>", shelves.VisitView.as_view(), name="me-visit"),
    path("uploads", uploads.UploadsView.as_view(), name="uploads"),
    path("regions", public.RegionsView.as_view(), name="regions"),
    path("scenes/<scene:name>", public.SceneView.as_view(), name="scene"),
    path("agreements/<slug:document>/<version:version>", public.AgreementView.as_view(), name="agreement"),
    path("", include("members.rewards.api.urls")),
    path("", include("members.wallet.api.urls")),
    path("", include("members.points.api.urls")),
    path("", include("members.tiers.api.urls")),
    path("", include("members.cards.api.urls")),
]

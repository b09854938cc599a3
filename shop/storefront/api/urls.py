"""Routes of the storefront under ``/api/v1``."""

from django.urls import path

from shop.storefront.api.views import ConfigView, HomeView, ProductsView, ProductView, RelatedView

urlpatterns = [
    path("config", ConfigView.as_view(), name="config"),
    path("home", HomeView.as_view(), name="home"),
    path("products", ProductsView.as_view(), name="products"),
    path("products/<id:product_id>", ProductView.as_view(), name="product"),
    path("products/<id:product_id>/related", RelatedView.as_view(), name="product-related"),
]

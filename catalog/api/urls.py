"""Routes of the catalog under ``/api/v1``."""

from django.urls import path

from catalog.api.views import CategoriesView, HotWordsView, StoresView, SuggestionsView

urlpatterns = [
    path("categories", CategoriesView.as_view(), name="categories"),
    path("stores", StoresView.as_view(), name="stores"),
    path("search/suggestions", SuggestionsView.as_view(), name="search-suggestions"),
    path("search/hot", HotWordsView.as_view(), name="search-hot"),
]

"""The page that asks for a reason and then shows a member's phone and addresses in clear."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from members.models import Member
from members.permissions import REVEAL
from members.services.revealing import reveal_member
from shop.core.console import ActionForm, ConsolePage, actor_of, console_page


@console_page
class RevealPage(ConsolePage):
    """Personal data of one member; shown by POST only, so that no link and no history shows it again."""

    name = "reveal_member"
    path = "members/<id:member_id>/reveal/"
    title = gettext_lazy("Personal data in clear")
    template_name = "members/reveal.html"
    permission = REVEAL

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the member; ask for the reason."""
        member = Member.objects.filter(pk=self.kwargs["member_id"]).first()
        if member is None:
            raise Http404
        return super().get_context_data(
            **{"person": member, "form": ActionForm(reason_required=True), **kwargs}
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Record the look and show the data."""
        form = ActionForm(request.POST, reason_required=True)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        shown = reveal_member(
            actor=actor_of(request), member_id=self.kwargs["member_id"], reason=form.cleaned_data["reason"]
        )
        return self.render_to_response(self.get_context_data(form=form, shown=shown))

"""Forms of accounts: what a manager types, and the password its person chooses."""

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm as BaseSetPasswordForm
from django.contrib.auth.models import Group, User
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES, UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from shop.core.access import role_title


class RolesField(forms.ModelMultipleChoiceField):
    """Roles to tick, each by its name in the reader's language."""

    def label_from_instance(self, obj: Group) -> str:
        """Return the role's name."""
        return role_title(obj)


class StaffForm(forms.ModelForm):
    """An account: name, and roles. The password is nobody's business but its person's."""

    roles = RolesField(
        label=_("Roles"),
        queryset=Group.objects.select_related("ready_role").order_by("pk"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Without a role a colleague can log in but see nothing."),
    )

    class Meta:
        model = User
        fields = ("username", "first_name")
        labels = {"first_name": _("Display name")}
        widgets = {"username": UnfoldAdminTextInputWidget, "first_name": UnfoldAdminTextInputWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "roles" in self.fields:
            self.fields["roles"].initial = self.instance.groups.all()


class SetPasswordForm(BaseSetPasswordForm):
    """Django's own, in the console's looks."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = " ".join(INPUT_CLASSES)

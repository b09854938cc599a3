"""Refusals as people read them in the console."""

from django import forms

from shop.core.errors import ShopError


def refusal_text(refusal: ShopError) -> str:
    """Return one sentence in the reader's language: title, what is wrong, and the fields concerned."""
    parts = [str(refusal.title)]
    detail = str(refusal.detail or "")
    if detail and detail != parts[0]:
        parts.append(detail)
    parts.extend(f"{error.field}: {error.detail}" for error in refusal.errors)
    return " · ".join(parts)


def show_refusal(form: forms.Form, refusal: ShopError) -> None:
    """Put a refusal where it belongs: at the fields it names, else above the form."""
    named = [error for error in refusal.errors if error.field in form.fields]
    for error in named:
        form.add_error(error.field, str(error.detail))
    if not named:
        form.add_error(None, refusal_text(refusal))

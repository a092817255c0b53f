"""Where a person goes on in a form that came back: at the first field that is not right, however far down."""

from __future__ import annotations

from django.forms import BaseForm


def focused(form: BaseForm) -> BaseForm:
    """`form`, of which the browser gives the focus to the first field with an error, if there is one."""
    wrong = next((field for field in form.visible_fields() if field.errors), None)
    if wrong is not None:
        wrong.field.widget.attrs["autofocus"] = True
    return form

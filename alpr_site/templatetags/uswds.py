"""Template tags that put Django's form fields into the design system's markup."""

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

register = template.Library()

CONTROL_CLASSES: list[tuple[type[forms.Widget], str, str]] = [
    # widget, kind of control (picks the markup in django/forms/field.html), class of the element
    (forms.CheckboxSelectMultiple, "checkboxes", "usa-checkbox__input"),
    (forms.RadioSelect, "radios", "usa-radio__input"),
    (forms.CheckboxInput, "checkbox", "usa-checkbox__input"),
    (forms.Select, "select", "usa-select"),
    (forms.Textarea, "textarea", "usa-textarea"),
    (forms.FileInput, "file", "usa-file-input"),
    (forms.Widget, "input", "usa-input"),
]


def _control(field: BoundField) -> tuple[str, str]:
    widget = field.field.widget
    return next((kind, name) for cls, kind, name in CONTROL_CLASSES if isinstance(widget, cls))


@register.filter
def control_kind(field: BoundField) -> str:
    """Kind of control: input, textarea, select, file, checkbox, checkboxes or radios."""
    return _control(field)[0]


@register.filter
def control(field: BoundField) -> SafeString:
    """The control itself with the design system's class beside the form's own."""
    kind, name = _control(field)
    classes = [name, field.field.widget.attrs.get("class", "")]
    if field.errors and kind in {"input", "textarea", "select"}:
        classes.append(f"usa-input--error usa-{kind}--error")
    return field.as_widget(attrs={"class": " ".join(filter(None, classes))})


@register.filter
def choices(field: BoundField) -> list[dict[str, str | SafeString]]:
    """The choices of radios or check boxes, each with its input, its id and its words."""
    name = _control(field)[1]
    options = []
    for option in field.subwidgets:
        option.data["attrs"] = option.data["attrs"] | {"class": name}
        options.append({"input": option.tag(), "id": option.id_for_label, "label": option.choice_label})
    return options


@register.filter
def first_control_id(field: BoundField) -> str:
    """Where a link to this field must point: the control, or the first of its choices."""
    if _control(field)[0] in {"radios", "checkboxes"}:
        return f"{field.auto_id}_0"
    return field.id_for_label or field.auto_id

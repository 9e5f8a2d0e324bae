"""Forms of the known machines: they judge shape; the rules decide."""

from django import forms

from audit.models import Terminal

_QUIET = {"autocomplete": "off"}


class TerminalForm(forms.Form):
    """A machine to put on the list."""

    name = forms.CharField(
        max_length=80, help_text="Such as its asset number: MDC 4117.", widget=forms.TextInput(_QUIET)
    )
    device_class = forms.ChoiceField(label="Kind of machine", choices=Terminal.DeviceClass.choices)
    place = forms.CharField(max_length=120, required=False, help_text="Vehicle, room or person it belongs to.")
    exempt = forms.BooleanField(
        label="Exempt from the 30-minute idle limit",
        required=False,
        help_text="Only vehicle computers, and dispatch consoles in a secure room.",
    )
    exempt_why = forms.CharField(label="Why exempt", max_length=200, required=False)


class ExemptionForm(forms.Form):
    """Whether a machine is exempt from the idle limit, and why."""

    exempt = forms.BooleanField(required=False)
    why = forms.CharField(max_length=200, required=False)


class CodeForm(forms.Form):
    """The code typed on the machine itself."""

    code = forms.CharField(
        label="Code of this machine",
        max_length=20,
        help_text="Ten letters and digits, from an ALPR administrator. It works once and for ten minutes.",
        widget=forms.TextInput(_QUIET | {"spellcheck": "false", "autocapitalize": "characters"}),
    )

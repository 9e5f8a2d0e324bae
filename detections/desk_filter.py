"""Which hits the desk shows, as its address says it: a tab, a camera, a category, a list. Never a plate."""

from typing import Any

from django import forms

from detections.hits.desk import SHOWN
from hotlists.models import HotPlate


class DeskFilter(forms.Form):
    """Anything asked for in a form the desk does not know is ignored."""

    show = forms.ChoiceField(required=False, choices=[*SHOWN.items()])
    camera = forms.SlugField(required=False, max_length=40)
    category = forms.ChoiceField(required=False, choices=HotPlate.Category.choices)
    hot_list = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)

    def asked(self) -> dict[str, Any]:
        """What was asked for and understood, as arguments of ``list_hits``."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

"""The form of a decision: shape only."""

from django import forms


class DecisionForm(forms.Form):
    """What is to become of the ticked reads, and why."""

    use_required_attribute = False

    kind = forms.ChoiceField(
        label="Decision",
        choices=[("release", "Release with the true time"), ("discard", "Discard")],
        widget=forms.RadioSelect,
        initial="release",
    )
    true_time = forms.DateTimeField(
        label="True time of the earliest ticked read",
        required=False,
        help_text="Local time of the agency. The other ticked reads move by as much.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"),
    )
    reason = forms.CharField(label="Why? (required)", required=False, max_length=300)

    def clean_true_time(self) -> object:
        """Needed for a release."""
        time = self.cleaned_data.get("true_time")
        if self.data.get("kind") == "release" and time is None:
            raise forms.ValidationError("Give the true time, or discard the reads.")
        return time

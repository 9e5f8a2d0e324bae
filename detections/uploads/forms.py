"""The form a file is handed in with: shape only."""

from django import forms

from cameras.models import Camera
from detections.uploads.layout import all_layouts


class UploadForm(forms.Form):
    """A file, its layout, and the camera of all rows where the file names none."""

    use_required_attribute = False

    file = forms.FileField(
        label="File",
        required=True,
        help_text="CSV or JSON lines, up to 2 GB, not compressed.",
        widget=forms.FileInput(
            attrs={"accept": ".csv,.txt,.tsv,.json,.jsonl,.ndjson,text/csv", "data-upload-file": ""}
        ),
        error_messages={"required": "Choose a file.", "missing": "Choose a file.", "empty": "The file is empty."},
    )
    layout = forms.ChoiceField(label="What kind of file is it?", widget=forms.RadioSelect)
    camera = forms.ModelChoiceField(
        label="Camera of all rows",
        queryset=Camera.objects.none(),
        required=False,
        to_field_name="code",
        empty_label="Named in the file",
        help_text="Only where the file has no column for it.",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        layouts = all_layouts()
        chosen: forms.ChoiceField = self.fields["layout"]  # type: ignore[assignment]
        chosen.choices = [(name, f"{one.title}: {one.about}") for name, one in layouts.items()]
        chosen.initial = "generic_csv" if "generic_csv" in layouts else next(iter(layouts), "")
        cameras: forms.ModelChoiceField = self.fields["camera"]  # type: ignore[assignment]
        cameras.queryset = Camera.objects.exclude(owner_class=Camera.OwnerClass.DONOR).order_by("code")

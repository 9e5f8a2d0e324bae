from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("detections", "0009_plate_dictionary_tuning")]

    operations = []

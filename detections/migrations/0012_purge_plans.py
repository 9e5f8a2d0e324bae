from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("detections", "0011_holds_and_booking")]

    operations = []

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("detections", "0010_search_questions")]

    operations = []

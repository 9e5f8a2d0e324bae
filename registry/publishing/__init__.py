"""What the transparency page publishes: counted months, suppression, publications by two people, agencies."""

"""Files of hot lists: judged, read column by column, and put in the place of the list that was live."""

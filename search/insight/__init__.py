"""What readers look for and whether they find it: counted by words and day, never by person."""

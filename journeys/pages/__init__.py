"""What the pages of journeys show beside the rows themselves."""

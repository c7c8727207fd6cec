"""The page of a version, and its part of the journey's page."""

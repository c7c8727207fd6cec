"""What the admin shows of the sync: how far a run is, what it did and why, and what would change."""

"""Why, and why not: what was asked of one person, what was found, and what would have to be different."""

"""The page that answers why, or why not: one person, and a message type or a journey, now or at a past moment."""

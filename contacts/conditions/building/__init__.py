"""The pages on which a condition is built, part by part: plain forms, whatever the condition belongs to."""

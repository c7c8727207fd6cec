"""The pages on which a draft is edited: plain forms, each change saved at once."""

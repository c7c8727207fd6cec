"""Who may come in: passwords with a lock, an OpenID Connect provider, how long a session lasts, and no page without a role."""

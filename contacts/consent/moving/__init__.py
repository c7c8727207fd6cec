"""People who change their address take their withdrawals along, and nobody becomes mailable by it."""

"""Today's state comes in: who unsubscribed where before this product was there, from files, each line kept as evidence."""

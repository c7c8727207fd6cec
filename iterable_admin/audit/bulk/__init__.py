"""Operations on many rows: stored as shown, carried out in the background, told row by row where one was left alone."""

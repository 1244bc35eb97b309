"""Which phase every signal is to show next."""

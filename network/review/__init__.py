"""What an engineer would want to know before trusting a signal to a controller."""

"""What is known of the street from its loops, and which loops can be believed."""

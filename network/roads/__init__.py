"""Roads, lanes and turns as the network file has them, and ways along them."""

"""Takes the face value from the balance where the price was quoted."""

"""Message channels, through which a platform tells its customers something, one dialect a file."""

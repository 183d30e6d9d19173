"""A platform in a container of a real engine, which the tests start and end themselves."""

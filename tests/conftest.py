"""What all tests share: nothing here is about speed, so no example has a deadline; the machine may be busy."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

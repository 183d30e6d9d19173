"""Properties are judged by what holds, never by how long a loaded machine takes to show it."""

from hypothesis import settings

settings.register_profile("no deadline", deadline=None, derandomize=True)
settings.load_profile("no deadline")

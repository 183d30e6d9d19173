"""Who strikes and who keeps order: a run's processes, their guard, the remote control of the mocks."""

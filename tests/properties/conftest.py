"""How properties are searched: without a deadline, since the machine may be busy with other tests."""

from hypothesis import settings

settings.register_profile("seikyu", deadline=None)
settings.load_profile("seikyu")

"""Circuit breakers of the calls to agents (docs/protocol.md §12, docs/configuration.md `[breaker]`)."""

import time
from collections import deque

from messages import Refusal


class Breaker:
    """Opens after so many failures in a window, and lets one probe through when its cooldown is over."""

    def __init__(self, settings, changed):
        self.settings, self.changed = settings, changed
        self.state, self.failures, self.opened = "closed", deque(), 0.0

    def admit(self):
        """Before a call; CIRCUIT_OPEN while nothing is let through."""
        cooled = time.monotonic() - self.opened >= self.settings.breaker_cooldown_ms / 1000
        if self.state == "open" and cooled:
            self._become("half_open")
        elif self.state != "closed":
            raise Refusal("CIRCUIT_OPEN", "An agent is not being called for the moment.")

    def succeeded(self):
        self.failures.clear()
        self._become("closed")

    def failed(self):
        moment = time.monotonic()
        self.failures.append(moment)
        while self.failures[0] < moment - self.settings.breaker_window_ms / 1000:
            self.failures.popleft()
        if self.state == "half_open" or len(self.failures) >= self.settings.breaker_failures:
            self.opened = moment
            self._become("open")

    def given_up(self):
        """A call that nobody waits for any more says nothing; a probe makes way for the next one."""
        if self.state == "half_open":
            self._become("open")

    def _become(self, state):
        if self.state != state:
            self.state = state
            self.changed()

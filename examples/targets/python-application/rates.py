"""How often something may happen (docs/protocol.md §10)."""

import math
import time
from collections import deque


class Rate:
    """Messages in a window: those refused do not count, and one of them is the last (§10)."""

    def __init__(self, limit, settings):
        self.limit, self.window, self.most = limit, settings.rate_window_ms / 1000, settings.rate_violations
        self.taken, self.refused = deque(), deque()

    def take(self):
        """None, or how many were refused in this window, this one included."""
        moment = time.monotonic()
        for times in (self.taken, self.refused):
            while times and times[0] <= moment - self.window:
                times.popleft()
        if len(self.taken) < self.limit:
            self.taken.append(moment)
            return None
        return self.refuse()

    def refuse(self):
        self.refused.append(time.monotonic())
        return len(self.refused)

    def retry_after(self):
        """Whole seconds, at least 1."""
        left = self.taken[0] + self.window - time.monotonic() if self.taken else 0
        return max(1, min(math.ceil(left), int(self.window)))

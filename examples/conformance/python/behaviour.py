"""What the conformance plugin does in a call, whichever boundary carries it."""
import os
import sys
import threading
import time


class Behaviour:
    """`host` calls a function of the host; `cancelled(seconds)` waits for the cancellation of the call at most that long."""

    def __init__(self, host, cancelled):
        self.host, self.cancelled = host, cancelled

    def fail(self, message):
        raise RuntimeError(message)

    def spin(self):
        while True:
            pass

    def exit(self, code):
        os._exit(code)

    def sleep(self, ms):
        time.sleep(ms / 1000)
        return ms

    def flood(self, lines):
        for _ in range(lines):
            print("x" * 79)
            sys.stderr.write("x" * 79 + "\n")

    def late_throw(self):
        def throw():
            raise RuntimeError("thrown outside of any call")

        threading.Timer(0, throw).start()

    def call_host(self, n):
        return self.host("double", n)

    def call_host_async(self, n):
        return self.host("double-later", n)

    def call_host_failing(self):
        return self.host("broken")

    def reenter(self, depth):
        return 0 if depth == 0 else self.host("reenter", depth - 1) + 1

    def big(self, n):
        return (bytes(range(251)) * (n // 251 + 1))[:n]

    def wait_cancel(self, ms):
        self.host("note", "cancelled" if self.cancelled(ms / 1000) else "waited")

    def log_lines(self, lines):
        for line in lines:
            print(line, flush=True)

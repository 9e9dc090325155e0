"""Newline-delimited JSON-RPC 2.0 over standard input and output, by hand: all that a plugin needs to speak."""
import json
import sys
import threading


class Cancelled(Exception):
    """The host no longer waits for the call."""


class Host:
    """The host during one call: `call` waits for a host function's answer, `tell` does not."""

    def __init__(self, connection):
        self._connection = connection
        self.is_cancelled = False

    def call(self, method, *params):
        if self.is_cancelled:
            raise Cancelled()
        return self._connection.call(method, params)

    def tell(self, method, *params):
        self._connection.tell(method, params)


class Connection:
    """Serves `methods` (functions of the host and the call's parameters) until standard input ends."""

    def __init__(self, contract, methods):
        self._contract = contract
        self._methods = methods
        self._lock = threading.Lock()
        self._last_id = 0
        self._waiting = {}
        self._running = {}

    def send(self, message):
        line = json.dumps({"jsonrpc": "2.0", **message})
        with self._lock:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    def _next_id(self, slot):
        with self._lock:
            self._last_id += 1
            if slot is not None:
                self._waiting[self._last_id] = slot
            return self._last_id

    def tell(self, method, params):
        """An answer comes all the same, and finds nobody waiting."""
        self.send({"id": self._next_id(None), "method": method, "params": params})

    def call(self, method, params):
        slot = [threading.Event(), None]
        call_id = self._next_id(slot)
        self.send({"id": call_id, "method": method, "params": params})
        slot[0].wait()
        reply = slot[1]
        if "error" in reply:
            raise RuntimeError(reply["error"].get("message", "the host refused the call"))
        return reply.get("result")

    def serve(self):
        print(json.dumps({"tenon": 1, "encoding": "json-rpc", "contract": self._contract}), flush=True)
        # The host's first line is its greeting.
        sys.stdin.readline()
        for line in sys.stdin:
            self._receive(json.loads(line))

    def _receive(self, message):
        method = message.get("method")
        if method == "$/cancelRequest":
            host = self._running.get(message["params"]["id"])
            if host is not None:
                host.is_cancelled = True
        elif method is not None:
            threading.Thread(target=self._answer, args=(message,), daemon=True).start()
        else:
            slot = self._waiting.pop(message["id"], None)
            if slot is not None:
                slot[1] = message
                slot[0].set()

    def _answer(self, message):
        # The host names the parameters, and sends them in the contract's order.
        call_id = message.get("id")
        self._running[call_id] = host = Host(self)
        try:
            serve_it = self._methods.get(message["method"])
            if serve_it is None:
                reply = {"error": {"code": -32601, "message": "there is no method " + message["method"]}}
            else:
                reply = {"result": serve_it(host, *message.get("params", {}).values())}
        except Exception as error:  # A fault of this plugin is an answer too: the host must not wait for ever.
            reply = {"error": {"code": -32000, "message": f"{type(error).__name__}: {error}"}}
        finally:
            del self._running[call_id]
        if call_id is not None:
            self.send({"id": call_id, **reply})

"""Tenon over standard input and output: newline-delimited JSON-RPC 2.0 (docs/spec/wire.md), and the JSON form of every WIT type.

One file on the standard library alone: `tenon_plugin.wire` of Tenon's Python SDK, and copied by `tenon new plugin --lang python`.
"""
import base64
import contextvars
import json
import math
import os
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, Generic, Optional, TypeVar, Union

T = TypeVar("T")
E = TypeVar("E")


@dataclass
class Ok(Generic[T]):
    value: T = None


@dataclass
class Err(Generic[E]):
    value: E = None


Result = Union[Ok[T], Err[E]]


@dataclass
class Some(Generic[T]):
    """An option inside an option, where None alone could not tell which of the two is empty."""
    value: T


class Codec:
    """How one type is read from JSON and written to it."""

    def __init__(self, read=lambda json_value: json_value, write=lambda value: value, is_option=False):
        self.read, self.write, self.is_option = read, write, is_option


def _float_out(value):
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _big_out(value):
    return value if abs(value) < 2**53 else str(value)


PLAIN = Codec()
BIG = Codec(int, _big_out)
FLOAT = Codec(float, _float_out)
BYTES = Codec(base64.b64decode, lambda value: base64.b64encode(bytes(value)).decode("ascii"))


def list_of(item):
    return Codec(lambda j: [item.read(x) for x in j], lambda v: [item.write(x) for x in v])


def tuple_of(*items):
    return Codec(
        lambda j: tuple(item.read(x) for item, x in zip(items, j, strict=True)),
        lambda v: [item.write(x) for item, x in zip(items, v, strict=True)],
    )


def map_of(key, item):
    return Codec(
        lambda j: {key.read(k): item.read(x) for k, x in j},
        lambda v: [[key.write(k), item.write(x)] for k, x in v.items()],
    )


def option_of(item):
    if item.is_option:
        return Codec(
            lambda j: None if j is None else Some(item.read(j["some"])),
            lambda v: None if v is None else {"some": item.write(v.value)},
            True,
        )
    return Codec(lambda j: None if j is None else item.read(j), lambda v: None if v is None else item.write(v), True)


def result_of(ok=PLAIN, err=PLAIN):
    def write(value):
        if isinstance(value, Ok):
            return {"ok": ok.write(value.value)}
        if isinstance(value, Err):
            return {"err": err.write(value.value)}
        raise TypeError(f"expected Ok(...) or Err(...), got {type(value).__name__}")

    return Codec(lambda j: Ok(ok.read(j["ok"])) if "ok" in j else Err(err.read(j["err"])), write)


def record_of(cls, *fields):
    """`fields`: the WIT label, the attribute's name, the codec."""
    return Codec(
        lambda j: cls(**{name: codec.read(j.get(label)) for label, name, codec in fields}),
        lambda v: {label: codec.write(getattr(v, name)) for label, name, codec in fields},
    )


def variant_of(cls, **cases):
    """`cases`: by WIT label, the codec of the value or None."""

    def write(value):
        codec = cases[value.tag]
        return {"tag": value.tag} if codec is None else {"tag": value.tag, "val": codec.write(value.value)}

    def read(j):
        codec = cases[j["tag"]]
        return cls(j["tag"]) if codec is None else cls(j["tag"], codec.read(j.get("val")))

    return Codec(read, write)


def enum_of(cls):
    return Codec(cls, lambda v: v.value)


def flags_of(cls, *flags):
    """`flags`: the WIT label and the attribute's name."""
    return Codec(
        lambda j: cls(**{name: label in j for label, name in flags}),
        lambda v: [label for label, name in flags if getattr(v, name)],
    )


@dataclass
class Function:
    """One function of the contract: its parameters by WIT label, and its result."""
    params: list[tuple[str, Codec]]
    result: Optional[Codec] = None


class HostError(RuntimeError):
    """A host function failed. `code` is of Tenon's table, such as `capability-denied`."""

    def __init__(self, path: str, error: dict[str, Any]):
        super().__init__(f"{path}: {error.get('message')}")
        data = error.get("data")
        self.code: str = data.get("code", "unknown") if isinstance(data, dict) else "unknown"


class Cancelled(Exception):
    """Raise it to answer a call that the host no longer waits for."""


@dataclass
class Call:
    """What a function may learn of the call that it serves; see `current_call`."""
    path: str
    # W3C trace context of the caller.
    traceparent: Optional[str] = None
    # Set when the host no longer waits; a function that takes long looks at it, or waits on it instead of sleeping.
    cancelled: threading.Event = field(default_factory=threading.Event)


_current: contextvars.ContextVar[Call] = contextvars.ContextVar("tenon-call")


def current_call() -> Call:
    """The call that this thread serves. Raises LookupError outside of one."""
    return _current.get()


class _Threads:
    """Runs each task at once: on a thread that is idle, or on a new one. A bounded pool would lock up where calls wait for calls."""

    def __init__(self) -> None:
        self._tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._change = threading.Condition()
        self._idle = 0
        self._running = 0

    def run(self, task: Callable[[], None]) -> None:
        with self._change:
            self._running += 1
            needs_thread = self._idle == 0
            if not needs_thread:
                self._idle -= 1
        if needs_thread:
            threading.Thread(target=self._work, args=(task,), daemon=True).start()
        else:
            self._tasks.put(task)

    def join(self) -> None:
        """Waits for the tasks that run."""
        with self._change:
            self._change.wait_for(lambda: self._running == 0)

    def _work(self, task: Callable[[], None]) -> None:
        while True:
            try:
                task()
            finally:
                with self._change:
                    self._running -= 1
                    self._idle += 1
                    self._change.notify_all()
            task = self._tasks.get()


class Connection:
    """Serves the functions of a plugin until standard input ends. Every call runs on a thread of its own."""

    def __init__(self, contract: str, exports: dict[str, Function], imports: dict[str, Function]):
        """`contract` is the id with version, or its digest; functions are by path, such as `greeter.greet`."""
        self._contract, self._exports, self._imports = contract, exports, imports
        self._implementations: dict[str, Callable[..., Any]] = {}
        self._last_id = 0
        self._lock = threading.Lock()
        self._answers: dict[str, SimpleQueue[Optional[dict[str, Any]]]] = {}
        self._calls: dict[Any, Call] = {}
        self._threads = _Threads()
        self._is_over = False
        self._in = sys.stdin.buffer
        self._out = sys.stdout.buffer

    def export(self, path: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Marks the function that serves `path`."""
        if path not in self._exports:
            raise LookupError(f"the contract has no function {path}")

        def mark(function: Callable[..., Any]) -> Callable[..., Any]:
            self._implementations[path] = function
            return function

        return mark

    def call_host(self, path: str, *args: Any) -> Any:
        """Calls a host function and waits for its answer. Raises HostError; ConnectionError when the host is gone."""
        function = self._imports[path]
        params = [codec.write(arg) for (_, codec), arg in zip(function.params, args, strict=True)]
        answer: SimpleQueue[Optional[dict[str, Any]]] = SimpleQueue()
        with self._lock:
            if self._is_over:
                raise ConnectionError(f"{path}: the host closed the session")
            self._last_id += 1
            call_id = f"plugin-{self._last_id}"
            self._answers[call_id] = answer
        self._send({"id": call_id, "method": path, "params": params})
        message = answer.get()
        if message is None:
            raise ConnectionError(f"{path}: the host closed the session")
        if "error" in message:
            raise HostError(path, message["error"])
        return None if function.result is None else function.result.read(message.get("result"))

    def log(self, level: str, message: str) -> None:
        """`level` is trace, debug, info, warn or error. print() and standard error reach the log too."""
        self._send({"method": "log", "params": {"level": level, "message": message}})

    def serve(self) -> None:
        """Returns when standard input has ended and the calls that ran then are answered."""
        # Standard output carries the protocol, so what the plugin and its children print goes to standard error, which is its log.
        sys.stdout.flush()
        self._out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
        os.dup2(sys.stderr.fileno(), sys.__stdout__.fileno())
        sys.stdout = sys.stderr
        greeting = {"tenon": 1, "encoding": "json-rpc", "contract": self._contract, "features": ["cancel", "trace"]}
        if len(self._implementations) < len(self._exports):
            greeting["implements"] = list(self._implementations)
        self._write(greeting)
        self._in.readline()  # The host's first line says who it is.
        for line in self._in:
            if line.strip():
                self._take(json.loads(line))
        with self._lock:
            self._is_over = True
            for answer in self._answers.values():
                answer.put(None)
        self._threads.join()

    def _take(self, message: dict[str, Any]) -> None:
        method = message.get("method")
        if method == "$/cancelRequest":
            call = self._calls.get(message["params"]["id"])
            if call is not None:
                call.cancelled.set()
        elif method is None:
            with self._lock:
                answer = self._answers.pop(message.get("id"), None)
            if answer is not None:
                answer.put(message)
        elif "id" in message:
            call = self._calls[message["id"]] = Call(method, message.get("traceparent"))
            self._threads.run(lambda: self._answer(message, call))

    def _answer(self, message: dict[str, Any], call: Call) -> None:
        _current.set(call)
        try:
            reply = self._run(call.path, message.get("params") or {})
        except Cancelled as error:
            reply = {"error": {"code": -32800, "message": str(error) or "cancelled"}}
        except Exception as error:  # A fault of this plugin is an answer too: the host must not wait for ever.
            traceback.print_exc()
            reply = {"error": {"code": -32000, "message": f"{type(error).__name__}: {error}"}}
        del self._calls[message["id"]]
        try:
            self._send({"id": message["id"], **reply})
        except BrokenPipeError:
            pass  # The host is gone, and with it whoever waits; standard input ends next.

    def _run(self, path: str, params: dict[str, Any]) -> dict[str, Any]:
        implementation = self._implementations.get(path)
        if implementation is None:
            return {"error": {"code": -32601, "message": f"the plugin has no function {path}"}}
        function = self._exports[path]
        value = implementation(*[codec.read(params.get(label)) for label, codec in function.params])
        return {"result": None if function.result is None else function.result.write(value)}

    def _send(self, message: dict[str, Any]) -> None:
        self._write({"jsonrpc": "2.0", **message})

    def _write(self, message: dict[str, Any]) -> None:
        line = json.dumps(message, allow_nan=False).encode() + b"\n"
        with self._lock:
            self._out.write(line)
            self._out.flush()

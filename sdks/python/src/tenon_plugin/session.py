"""The session of a gRPC plugin with a Tenon host: packages/plugin/proto/tenon/plugin/v1.proto, built at run time.

Generated code would tie the SDK to one release of protobuf; five messages do not need it.
"""
import itertools
import json
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from typing import Any, Optional

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_BOOL, _STRING, _BYTES, _UINT32 = 8, 9, 12, 13
_MESSAGES: dict[str, list[tuple[str, int]]] = {
    "Hello": [("host", _STRING), ("contract", _STRING), ("digest", _STRING)],
    "Answer": [("id", _UINT32), ("value", _BYTES), ("error", _STRING)],
    "Settle": [("call", _UINT32)],
    "Welcome": [
        ("session", _STRING), ("contract", _STRING), ("digest", _STRING), ("error", _STRING), ("settles", _BOOL)
    ],
    "Call": [("id", _UINT32), ("path", _STRING), ("value", _BYTES)],
    "Settled": [("call", _UINT32)],
}
_CHOICES = {"HostMessage": ["Hello", "Answer", "Settle"], "PluginMessage": ["Welcome", "Call", "Settled"]}
_PACKAGE = "tenon.plugin.v1"
ATTACH = (f"{_PACKAGE}.Plugin", "Attach")
SESSION_KEY = "tenon-session"
CALL_KEY = "tenon-call"
# Calls that were given up before they arrived, of which the newest are remembered.
_MAX_REFUSED = 1024


def _messages() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="tenon/plugin/v1.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, (field, kind) in enumerate(fields, 1):
            message.field.add(name=field, number=number, type=kind, label=1)
    for name, cases in _CHOICES.items():
        message = file.message_type.add(name=name)
        message.oneof_decl.add(name="value")
        for number, case in enumerate(cases, 1):
            message.field.add(
                name=case.lower(), number=number, type=11, label=1, type_name=f".{_PACKAGE}.{case}", oneof_index=0
            )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in _CHOICES
    }


_CLASSES = _messages()
HostMessage, PluginMessage = _CLASSES["HostMessage"], _CLASSES["PluginMessage"]


class HostError(RuntimeError):
    """A host function failed. `code` is of Tenon's table, such as `capability-denied`."""

    def __init__(self, path: str, text: str):
        try:
            error = json.loads(text)
        except ValueError:
            error = {}
        super().__init__(f"{path}: {error.get('what', text)}")
        self.code: str = error.get("code", "unknown")


class HostSession:
    """One Attach stream; to the stubs of the contract's imports it is the channel to the host."""

    def __init__(self) -> None:
        self.id = uuid.uuid4().hex
        self._outgoing: SimpleQueue[Any] = SimpleQueue()
        self._waiting: dict[int, SimpleQueue[Any]] = {}
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._is_over = False
        # Of the calls whose handlers run: whether the host asked for their end.
        self._running: dict[int, bool] = {}
        self._refused: deque[int] = deque(maxlen=_MAX_REFUSED)

    def begin(self, call: int) -> bool:
        """Whether the handler may run; `finish` follows then. Not for a call of which the host heard that it is settled."""
        with self._lock:
            if call in self._refused:
                return False
            self._running[call] = False
            return True

    def finish(self, call: int) -> None:
        with self._lock:
            is_asked = self._running.pop(call)
        if is_asked:
            self._outgoing.put(PluginMessage(settled={"call": call}))

    def _settle(self, call: int) -> None:
        """The host gave the call up: it is told once the handler has ended, at once where none runs."""
        with self._lock:
            if call in self._running:
                self._running[call] = True
                return
            self._refused.append(call)
        self._outgoing.put(PluginMessage(settled={"call": call}))

    def unary_unary(
        self,
        method: str,
        request_serializer: Callable[[Any], bytes],
        response_deserializer: Callable[[bytes], Any],
        **_: Any,
    ) -> Callable[..., Any]:
        def call(request: Any, timeout: Optional[float] = None, **_: Any) -> Any:
            return response_deserializer(self._call(method, request_serializer(request), timeout))

        return call

    def _no_stream(self, method: str, *_: Any, **__: Any) -> Callable[..., Any]:
        def call(*_: Any, **__: Any) -> Any:
            raise NotImplementedError(f"{method} has a stream, and host functions have none")

        return call

    unary_stream = stream_unary = stream_stream = _no_stream

    def _call(self, path: str, value: bytes, timeout: Optional[float]) -> bytes:
        answer: SimpleQueue[Any] = SimpleQueue()
        with self._lock:
            if self._is_over:
                raise ConnectionError(f"{path}: the host closed the session")
            call_id = next(self._ids)
            self._waiting[call_id] = answer
        self._outgoing.put(PluginMessage(call={"id": call_id, "path": path, "value": value}))
        try:
            message = answer.get(timeout=timeout)
        except Exception as error:  # queue.Empty
            raise TimeoutError(f"{path}: no answer in {timeout} s") from error
        finally:
            with self._lock:
                self._waiting.pop(call_id, None)
        if message is None:
            raise ConnectionError(f"{path}: the host closed the session")
        if message.error:
            raise HostError(path, message.error)
        return message.value

    def read(self, messages: Iterator[Any], welcome: Any) -> None:
        """Takes what the host sends until the stream ends."""
        try:
            for message in messages:
                if message.WhichOneof("value") == "answer":
                    with self._lock:
                        answer = self._waiting.get(message.answer.id)
                    if answer is not None:
                        answer.put(message.answer)
                elif message.WhichOneof("value") == "settle":
                    self._settle(message.settle.call)
                else:
                    self._outgoing.put(welcome)
        except grpc.RpcError:
            pass  # The host is gone, which is one way for the stream to end.
        finally:
            self.end()

    def outgoing(self) -> Iterator[Any]:
        while (message := self._outgoing.get()) is not None:
            yield message

    def end(self) -> None:
        with self._lock:
            self._is_over = True
            waiting = list(self._waiting.values())
        for answer in waiting:
            answer.put(None)
        self._outgoing.put(None)


class Sessions:
    """All sessions of a server."""

    def __init__(self, contract: str, digest: str, error: str) -> None:
        self._welcome = {"contract": contract, "digest": digest, "error": error}
        self._open: dict[str, HostSession] = {}

    def find(self, context: grpc.ServicerContext) -> HostSession:
        """Raises LookupError where the caller is no Tenon host."""
        for key, value in context.invocation_metadata():
            if key == SESSION_KEY and value in self._open:
                return self._open[value]
        raise LookupError("the caller is no Tenon host and offers no host functions")

    def numbered(self, metadata: Iterable[tuple[str, Any]]) -> Optional[tuple[HostSession, int]]:
        """The session of a call, and its number there; None where the caller is no Tenon host."""
        found = dict(metadata)
        session = self._open.get(found.get(SESSION_KEY, ""))
        number = found.get(CALL_KEY, "")
        return (session, int(number)) if session is not None and number.isdecimal() else None

    def handler(self) -> grpc.GenericRpcHandler:
        service, method = ATTACH
        attach = grpc.stream_stream_rpc_method_handler(
            self._attach,
            request_deserializer=HostMessage.FromString,
            response_serializer=PluginMessage.SerializeToString,
        )
        return grpc.method_handlers_generic_handler(service, {method: attach})

    def _attach(self, messages: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        session = HostSession()
        self._open[session.id] = session
        welcome = PluginMessage(welcome={"session": session.id, **self._welcome, "settles": True})
        context.add_callback(session.end)
        threading.Thread(target=session.read, args=(messages, welcome), daemon=True).start()
        try:
            yield from session.outgoing()
        finally:
            del self._open[session.id]

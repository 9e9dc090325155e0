"""Tells a session which of its handlers run, around every call of a server."""
from collections.abc import Callable, Iterator
from typing import Any

import grpc

from .session import Sessions

# What a handler may be, by whether its request and its response are streams.
_KINDS = {
    (False, False): ("unary_unary", grpc.unary_unary_rpc_method_handler),
    (False, True): ("unary_stream", grpc.unary_stream_rpc_method_handler),
    (True, False): ("stream_unary", grpc.stream_unary_rpc_method_handler),
    (True, True): ("stream_stream", grpc.stream_stream_rpc_method_handler),
}


class RunningCallsInterceptor(grpc.ServerInterceptor):
    """Give it to a server of your own, so that a host learns when a call that it gave up has ended: gRPC does not tell."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def intercept_service(self, continuation: Callable[..., Any], details: grpc.HandlerCallDetails) -> Any:
        handler = continuation(details)
        found = self._sessions.numbered(details.invocation_metadata)
        if handler is None or found is None:
            return handler
        session, number = found
        kind, make = _KINDS[handler.request_streaming, handler.response_streaming]
        behaviour = getattr(handler, kind)

        def begin(context: grpc.ServicerContext) -> None:
            if not session.begin(number):
                context.abort(grpc.StatusCode.CANCELLED, "the host gave the call up before it arrived")

        def single(request: Any, context: grpc.ServicerContext) -> Any:
            begin(context)
            try:
                return behaviour(request, context)
            finally:
                session.finish(number)

        def stream(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            begin(context)
            try:
                yield from behaviour(request, context)
            finally:
                session.finish(number)

        chosen = stream if handler.response_streaming else single
        return make(chosen, handler.request_deserializer, handler.response_serializer)

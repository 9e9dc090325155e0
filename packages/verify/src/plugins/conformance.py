"""The conformance plugin without an SDK: JSON-RPC 2.0 over standard input and output, one thread, standard library only."""
import base64
import json
import os
import select
import sys
import threading
import time

CONTRACT = "tenon:conformance/plugin@0.1.0"
KIND = sys.argv[1] if len(sys.argv) > 1 else "conformance"

pending = b""     # Bytes of standard input that are not a whole line yet.
answers = {}      # Answers of the host to our own calls.
cancelled = set() # Ids of calls that the host no longer waits for.
next_id = 0


def send(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def pump(seconds=None):
    """Handles the messages that arrive next, waiting for them at most that long."""
    global pending
    if queue:  # Left over by the handler that waits now.
        return drain()
    ready, _, _ = select.select([0], [], [], seconds)
    if not ready:
        return
    chunk = os.read(0, 1 << 16)
    if not chunk:
        os._exit(0)
    *lines, pending = (pending + chunk).split(b"\n")
    queue.extend(lines)
    drain()


queue = []


def drain():
    while queue:
        handle(json.loads(queue.pop(0)))


def call_host(method, *params):
    global next_id
    next_id += 1
    me = f"p{next_id}"
    send({"jsonrpc": "2.0", "id": me, "method": method, "params": list(params)})
    while me not in answers:
        pump()
    answer = answers.pop(me)
    if "error" in answer:
        raise RuntimeError(answer["error"]["message"])
    return answer["result"]


def wait(seconds, is_over=lambda: False):
    """Serves other calls meanwhile, each within the one that waits."""
    until = time.monotonic() + seconds
    while not is_over() and time.monotonic() < until:
        pump(max(0, min(0.05, until - time.monotonic())))


def sleep(ms, **_):
    wait(ms / 1000)
    return ms


def fail(message, **_):
    raise RuntimeError(message)


def spin(**_):
    while True:
        pass


def flood(lines, **_):
    for _ in range(lines):
        sys.stderr.write("x" * 79 + "\n")


def late_throw(**_):
    def throw():
        raise RuntimeError("thrown outside of any call")
    threading.Timer(0, throw).start()


def wait_cancel(ms, id):
    wait(ms / 1000, lambda: id in cancelled)
    call_host("host.note", "cancelled" if id in cancelled else "waited")


def log_lines(lines, **_):
    for line in lines:
        sys.stderr.write(line + "\n")
    sys.stderr.flush()


CALLS = {
    "fail": fail,
    "spin": spin,
    "exit": lambda code, **_: os._exit(code),
    "sleep": sleep,
    "flood": flood,
    "late-throw": late_throw,
    "call-host": lambda n, **_: call_host("host.double", n),
    "call-host-async": lambda n, **_: call_host("host.double-later", n),
    "call-host-failing": lambda **_: call_host("host.broken"),
    "reenter": lambda depth, **_: 0 if depth == 0 else call_host("host.reenter", depth - 1) + 1,
    "big": lambda n, **_: base64.b64encode((bytes(range(251)) * (n // 251 + 1))[:n]).decode(),
    "wait-cancel": wait_cancel,
    "log-lines": log_lines,
}


def call(method, params, id):
    interface, name = method.split(".", 1)
    if interface == "calls":
        return CALLS[name](**params, id=id)
    values = list(params.values())
    return values[0] if len(values) == 1 else values or None


def handle(message):
    if message.get("method") == "$/cancelRequest":
        cancelled.add(message["params"]["id"])
    elif "method" in message:
        answer = {"jsonrpc": "2.0", "id": message["id"]}
        try:
            answer["result"] = call(message["method"], message["params"], message["id"])
        except Exception as error:
            answer["error"] = {"code": -32000, "message": str(error)}
        send(answer)
    elif "id" in message:
        answers[message["id"]] = message


if KIND == "throws":
    raise RuntimeError("cannot load on purpose")
if KIND == "stuck":
    spin()
greeting = {"tenon": 1, "encoding": "json-rpc", "contract": CONTRACT}
if KIND == "other-contract":
    greeting["contract"] = "abi:sha256:" + "0" * 64
if KIND == "incomplete":
    greeting["implements"] = [f"calls.{name}" for name in CALLS if name != "sleep"]
send(greeting)
while True:
    pump()

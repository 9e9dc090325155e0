//! Newline-delimited JSON-RPC 2.0 over standard input and output: calls of the host, and calls to it.
//!
//! Part of the plugin, not a library: change it as you like. Only the standard library is used.
#![allow(dead_code)]

use std::cell::{Cell, RefCell};
use std::io::{BufRead, Write};

use crate::json::Json;
use crate::wire::Wire;

type Dispatch<'a> = &'a dyn Fn(&Host, &str, &Json) -> Result<Json, String>;

/// The host, for as long as a call is served.
pub struct Host<'a> {
    dispatch: Dispatch<'a>,
    input: RefCell<std::io::StdinLock<'static>>,
    last_id: Cell<u64>,
}

impl Host<'_> {
    /// Calls a host function and waits for its answer; calls that arrive meanwhile are served first.
    pub fn call(&self, path: &str, args: Vec<Json>) -> Result<Json, String> {
        self.last_id.set(self.last_id.get() + 1);
        let id = format!("plugin-{}", self.last_id.get());
        send(vec![("id", Json::Text(id.clone())), ("method", Json::Text(path.into())), ("params", Json::List(args))]);
        loop {
            let message = self.receive().unwrap_or_else(|| std::process::exit(0));
            if message.has("method") || message.get("id").text() != Some(&id) {
                self.handle(&message);
            } else if message.has("error") {
                return Err(format!("{path}: {}", message.get("error").get("message").text().unwrap_or("failed")));
            } else {
                return Ok(message.get("result").clone());
            }
        }
    }

    /// `level` is trace, debug, info, warn or error. Standard error reaches the log too.
    pub fn log(&self, level: &str, message: &str) {
        let params = Json::Object(vec![("level".into(), Json::Text(level.into())), ("message".into(), Json::Text(message.into()))]);
        send(vec![("method", Json::Text("log".into())), ("params", params)]);
    }

    fn handle(&self, message: &Json) {
        // A notification, such as $/cancelRequest, has no id: calls here are too short to stop.
        let (Some(path), true) = (message.get("method").text(), message.has("id")) else { return };
        let call = || (self.dispatch)(self, path, message.get("params"));
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).unwrap_or_else(|cause| Err(describe(&*cause)));
        let reply = match outcome {
            Ok(value) => ("result", value),
            Err(text) => ("error", Json::Object(vec![("code".into(), (-32000i32).write()), ("message".into(), Json::Text(text))])),
        };
        send(vec![("id", message.get("id").clone()), reply]);
    }

    fn receive(&self) -> Option<Json> {
        let mut line = String::new();
        match self.input.borrow_mut().read_line(&mut line) {
            Ok(length) if length > 0 => Some(Json::parse(&line).unwrap_or_else(|error| {
                eprintln!("the host sent a line that is no JSON: {error}");
                std::process::exit(1)
            })),
            _ => None,
        }
    }
}

fn describe(cause: &(dyn std::any::Any + Send)) -> String {
    let text = cause.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| cause.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panicked".into())
}

fn send(mut members: Vec<(&str, Json)>) {
    members.insert(0, ("jsonrpc", Json::Text("2.0".into())));
    write_line(&Json::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect()));
}

fn write_line(json: &Json) {
    let mut text = String::new();
    json.write_to(&mut text);
    text.push('\n');
    let mut out = std::io::stdout().lock();
    // Nobody reads any more: the host is gone, and so is the reason to run.
    if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// Serves calls until standard input ends. Nothing else may print to standard output: it carries the protocol.
pub fn serve(contract: &str, dispatch: Dispatch) {
    write_line(&Json::Object(vec![
        ("tenon".into(), 1u16.write()),
        ("encoding".into(), Json::Text("json-rpc".into())),
        ("contract".into(), Json::Text(contract.into())),
    ]));
    let host = Host { dispatch, input: RefCell::new(std::io::stdin().lock()), last_id: Cell::new(0) };
    host.receive(); // The host's first line says who it is.
    while let Some(message) = host.receive() {
        host.handle(&message);
    }
}

//! Newline-delimited JSON-RPC 2.0 over standard input and output: calls of the host, and calls to it.

use std::cell::{Cell, RefCell};
use std::io::{BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::json::Json;
use crate::native::describe;
use crate::value::Value;

/// Serves one call: the name of the function, its parameters by name, its result.
pub type Dispatch = fn(path: &str, params: &Json) -> Result<Json, String>;

struct Pipe {
    dispatch: Dispatch,
    input: RefCell<std::io::StdinLock<'static>>,
    last_id: Cell<u64>,
    /// Answers to calls that wait further out: a call that is served meanwhile reads them first.
    answers: RefCell<Vec<Json>>,
}

thread_local! {
    static PIPE: RefCell<Option<&'static Pipe>> = const { RefCell::new(None) };
}

/// Serves calls until standard input ends. Nothing else may print to standard output: it carries the protocol.
pub fn serve(digest: &str, dispatch: Dispatch) {
    write_line(&Json::Object(vec![
        ("tenon".into(), 1u16.to_json()),
        ("encoding".into(), Json::Text("json-rpc".into())),
        ("contract".into(), Json::Text(digest.into())),
        // Calls here are too short to stop, and say nothing of traces: the host need not send either.
        ("features".into(), Json::List(Vec::new())),
    ]));
    // There as long as the program is.
    let pipe: &'static Pipe =
        Box::leak(Box::new(Pipe { dispatch, input: RefCell::new(std::io::stdin().lock()), last_id: Cell::new(0), answers: RefCell::default() }));
    PIPE.with(|own| *own.borrow_mut() = Some(pipe));
    pipe.receive(); // The host's first line says who it is.
    while let Some(message) = pipe.receive() {
        pipe.handle(&message);
    }
}

/// Calls a host function and waits for its answer; calls that arrive meanwhile are served first.
pub fn call<P: Value, R: Value>(path: &str, params: &P) -> R {
    let pipe = PIPE.with(|own| *own.borrow()).expect("functions of the host are for the thread that serves it");
    let args = match params.to_json() {
        Json::Null => Json::List(Vec::new()),
        list => list,
    };
    let answer = pipe.call(path, args).and_then(|json| R::from_json(&json));
    answer.unwrap_or_else(|error| std::panic::resume_unwind(Box::new(error)))
}

impl Pipe {
    fn call(&self, path: &str, args: Json) -> Result<Json, String> {
        self.last_id.set(self.last_id.get() + 1);
        let id = format!("plugin-{}", self.last_id.get());
        send(vec![("id", Json::Text(id.clone())), ("method", Json::Text(path.into())), ("params", args)]);
        let answer = self.answer_to(&id);
        if answer.has("error") {
            return Err(format!("{path}: {}", answer.get("error").get("message").text().unwrap_or("failed")));
        }
        Ok(answer.get("result").clone())
    }

    fn answer_to(&self, id: &str) -> Json {
        loop {
            let mut answers = self.answers.borrow_mut();
            if let Some(index) = answers.iter().position(|answer| answer.get("id").text() == Some(id)) {
                return answers.swap_remove(index);
            }
            drop(answers);
            let message = self.receive().unwrap_or_else(|| std::process::exit(0));
            if message.has("method") { self.handle(&message) } else { self.answers.borrow_mut().push(message) }
        }
    }

    fn handle(&self, message: &Json) {
        // A notification has no id, and needs no answer.
        let (Some(path), true) = (message.get("method").text(), message.has("id")) else { return };
        let call = || (self.dispatch)(path, message.get("params"));
        let outcome = catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|cause| Err(describe(&*cause)));
        let reply = match outcome {
            Ok(value) => ("result", value),
            Err(text) => ("error", Json::Object(vec![("code".into(), (-32000i32).to_json()), ("message".into(), Json::Text(text))])),
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

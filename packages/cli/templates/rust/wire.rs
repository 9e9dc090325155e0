//! Newline-delimited JSON-RPC 2.0 over standard input and output, and the JSON form of every WIT type.
//!
//! Part of the plugin, not a library: change it as you like. Only the standard library is used.
#![allow(dead_code)]

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::io::{BufRead, Write};

/// Deeper nesting than any contract has; more is refused instead of using up the stack.
const MAX_DEPTH: usize = 512;

#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    /// As written, so that 64-bit integers stay exact.
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub fn parse(text: &str) -> Result<Json, String> {
        let mut parser = Parser { bytes: text.as_bytes(), at: 0 };
        let value = parser.value(0)?;
        parser.blanks();
        if parser.at == text.len() { Ok(value) } else { Err(parser.error("the end")) }
    }

    pub fn get(&self, key: &str) -> &Json {
        match self {
            Json::Object(members) => members.iter().find(|(name, _)| name == key).map_or(&Json::Null, |(_, value)| value),
            _ => &Json::Null,
        }
    }

    pub fn has(&self, key: &str) -> bool {
        matches!(self, Json::Object(members) if members.iter().any(|(name, _)| name == key))
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A parameter of a call, by the label that the contract gives it.
    pub fn param<T: Wire>(&self, label: &str) -> Result<T, String> {
        T::read(self.get(label)).map_err(|error| format!("parameter {label}: {error}"))
    }

    fn write_to(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Json::Number(text) => out.push_str(text),
            Json::Text(text) => write_text(text, out),
            Json::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write_to(out);
                }
                out.push(']');
            }
            Json::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_text(name, out);
                    out.push(':');
                    value.write_to(out);
                }
                out.push('}');
            }
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{0}'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", character as u32);
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn error(&self, expected: &str) -> String {
        format!("expected {expected} at byte {} of the line", self.at)
    }

    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\r' | b'\n') {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        self.blanks();
        let is_there = self.peek() == byte;
        self.at += usize::from(is_there);
        is_there
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, String> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.error("a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        if depth > MAX_DEPTH {
            return Err("the line nests too deep".into());
        }
        self.blanks();
        match self.peek() {
            b'n' => self.word("null", Json::Null),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'"' => self.string().map(Json::Text),
            b'[' => self.list(depth),
            b'{' => self.object(depth),
            _ => self.number(),
        }
    }

    fn number(&mut self) -> Result<Json, String> {
        let start = self.at;
        while matches!(self.peek(), b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') {
            self.at += 1;
        }
        let text = std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or("");
        if text.parse::<f64>().is_err() {
            self.at = start;
            return Err(self.error("a value"));
        }
        Ok(Json::Number(text.into()))
    }

    fn list(&mut self, depth: usize) -> Result<Json, String> {
        self.at += 1;
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.take(b']') {
                return Ok(Json::List(items));
            }
            if !self.take(b',') {
                return Err(self.error("a comma or ]"));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, String> {
        self.at += 1;
        let mut members = Vec::new();
        if self.take(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.blanks();
            let name = self.string()?;
            if !self.take(b':') {
                return Err(self.error("a colon"));
            }
            members.push((name, self.value(depth + 1)?));
            if self.take(b'}') {
                return Ok(Json::Object(members));
            }
            if !self.take(b',') {
                return Err(self.error("a comma or }"));
            }
        }
    }

    fn string(&mut self) -> Result<String, String> {
        if self.peek() != b'"' {
            return Err(self.error("a text"));
        }
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek(), b'"' | b'\\' | 0) {
                self.at += 1;
            }
            text.push_str(std::str::from_utf8(&self.bytes[start..self.at]).map_err(|_| self.error("UTF-8"))?);
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    return Ok(text);
                }
                b'\\' => {
                    self.at += 1;
                    text.push(self.escape()?);
                }
                _ => return Err(self.error("the end of a text")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let byte = self.peek();
        self.at += 1;
        Ok(match byte {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => {
                let high = self.hex()?;
                let code = if (0xd800..0xdc00).contains(&high) && self.bytes[self.at..].starts_with(b"\\u") {
                    self.at += 2;
                    let low = self.hex()?;
                    0x10000 + ((high - 0xd800) << 10) + low.wrapping_sub(0xdc00)
                } else {
                    high
                };
                char::from_u32(code).ok_or_else(|| self.error("a Unicode character"))?
            }
            b'"' | b'\\' | b'/' => char::from(byte),
            _ => return Err(self.error("an escape")),
        })
    }

    fn hex(&mut self) -> Result<u32, String> {
        let digits = self.bytes.get(self.at..self.at + 4).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).ok_or_else(|| self.error("four digits"))?;
        self.at += 4;
        Ok(code)
    }
}

/// A type of the contract: read from its JSON form, written to it, and a value that says nothing.
pub trait Wire: Sized {
    const IS_OPTION: bool = false;
    fn read(json: &Json) -> Result<Self, String>;
    fn write(&self) -> Json;
    /// What a function returns that has no code yet.
    fn zero() -> Self;

    /// `list<u8>` has a form of its own, base64; all other lists are lists.
    fn read_list(json: &Json) -> Result<Vec<Self>, String> {
        match json {
            Json::List(items) => items.iter().map(Self::read).collect(),
            _ => Err("expected a list".into()),
        }
    }
    fn write_list(items: &[Self]) -> Json {
        Json::List(items.iter().map(Self::write).collect())
    }
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Wire for $type {
            fn read(json: &Json) -> Result<Self, String> {
                match json {
                    // Beyond 2^53 they are texts, because JavaScript's numbers end there.
                    Json::Number(text) | Json::Text(text) => text.parse().map_err(|_| format!("{text} is no {}", stringify!($type))),
                    _ => Err("expected a number".into()),
                }
            }
            fn write(&self) -> Json {
                let text = self.to_string();
                if text.len() > 15 { Json::Text(text) } else { Json::Number(text) }
            }
            fn zero() -> Self { 0 }
        }
    )*};
}
integers!(i8, u16, i16, u32, i32, u64, i64);

impl Wire for u8 {
    fn read(json: &Json) -> Result<Self, String> {
        u16::read(json)?.try_into().map_err(|_| "expected 0 to 255".into())
    }
    fn write(&self) -> Json {
        Json::Number(self.to_string())
    }
    fn zero() -> Self {
        0
    }
    fn read_list(json: &Json) -> Result<Vec<u8>, String> {
        json.text().and_then(from_base64).ok_or_else(|| "expected base64".into())
    }
    fn write_list(items: &[u8]) -> Json {
        Json::Text(to_base64(items))
    }
}

macro_rules! floats {
    ($($type:ty),*) => {$(
        impl Wire for $type {
            fn read(json: &Json) -> Result<Self, String> {
                match json {
                    Json::Number(text) => text.parse().map_err(|_| "expected a number".into()),
                    Json::Text(text) => match text.as_str() {
                        "NaN" => Ok(<$type>::NAN),
                        "Infinity" => Ok(<$type>::INFINITY),
                        "-Infinity" => Ok(<$type>::NEG_INFINITY),
                        _ => Err("expected a number".into()),
                    },
                    _ => Err("expected a number".into()),
                }
            }
            fn write(&self) -> Json {
                if self.is_nan() {
                    Json::Text("NaN".into())
                } else if self.is_infinite() {
                    Json::Text(if *self > 0.0 { "Infinity" } else { "-Infinity" }.into())
                } else {
                    Json::Number(format!("{self:e}"))
                }
            }
            fn zero() -> Self { 0.0 }
        }
    )*};
}
floats!(f32, f64);

impl Wire for bool {
    fn read(json: &Json) -> Result<Self, String> {
        match json {
            Json::Bool(value) => Ok(*value),
            _ => Err("expected true or false".into()),
        }
    }
    fn write(&self) -> Json {
        Json::Bool(*self)
    }
    fn zero() -> Self {
        false
    }
}

impl Wire for char {
    fn read(json: &Json) -> Result<Self, String> {
        let mut characters = json.text().unwrap_or("").chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) => Ok(character),
            _ => Err("expected one character".into()),
        }
    }
    fn write(&self) -> Json {
        Json::Text(self.to_string())
    }
    fn zero() -> Self {
        '?'
    }
}

impl Wire for String {
    fn read(json: &Json) -> Result<Self, String> {
        json.text().map(str::to_owned).ok_or_else(|| "expected a text".into())
    }
    fn write(&self) -> Json {
        Json::Text(self.clone())
    }
    fn zero() -> Self {
        String::new()
    }
}

impl Wire for () {
    fn read(_: &Json) -> Result<Self, String> {
        Ok(())
    }
    fn write(&self) -> Json {
        Json::Null
    }
    fn zero() -> Self {}
}

impl<T: Wire> Wire for Vec<T> {
    fn read(json: &Json) -> Result<Self, String> {
        T::read_list(json)
    }
    fn write(&self) -> Json {
        T::write_list(self)
    }
    fn zero() -> Self {
        Vec::new()
    }
}

impl<T: Wire, const N: usize> Wire for [T; N] {
    fn read(json: &Json) -> Result<Self, String> {
        T::read_list(json)?.try_into().map_err(|_| format!("expected {N} items"))
    }
    fn write(&self) -> Json {
        T::write_list(self)
    }
    fn zero() -> Self {
        std::array::from_fn(|_| T::zero())
    }
}

impl<T: Wire> Wire for Option<T> {
    const IS_OPTION: bool = true;
    fn read(json: &Json) -> Result<Self, String> {
        match json {
            Json::Null => Ok(None),
            _ if T::IS_OPTION => T::read(json.get("some")).map(Some),
            _ => T::read(json).map(Some),
        }
    }
    fn write(&self) -> Json {
        match self {
            None => Json::Null,
            Some(value) if T::IS_OPTION => Json::Object(vec![("some".into(), value.write())]),
            Some(value) => value.write(),
        }
    }
    fn zero() -> Self {
        None
    }
}

impl<T: Wire, E: Wire> Wire for Result<T, E> {
    fn read(json: &Json) -> Result<Self, String> {
        if json.has("ok") { T::read(json.get("ok")).map(Ok) } else { E::read(json.get("err")).map(Err) }
    }
    fn write(&self) -> Json {
        let (name, value) = match self {
            Ok(value) => ("ok", value.write()),
            Err(error) => ("err", error.write()),
        };
        Json::Object(vec![(name.into(), value)])
    }
    fn zero() -> Self {
        Ok(T::zero())
    }
}

macro_rules! tuples {
    ($(($($name:ident $index:tt),+))*) => {$(
        impl<$($name: Wire),+> Wire for ($($name,)+) {
            fn read(json: &Json) -> Result<Self, String> {
                let Json::List(items) = json else { return Err("expected a list".into()) };
                Ok(($($name::read(items.get($index).unwrap_or(&Json::Null))?,)+))
            }
            fn write(&self) -> Json {
                Json::List(vec![$(self.$index.write()),+])
            }
            fn zero() -> Self {
                ($($name::zero(),)+)
            }
        }
    )*};
}
tuples! {
    (A 0) (A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3) (A 0, B 1, C 2, D 3, E 4) (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6) (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8) (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14, P 15)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14, P 15, Q 16, R 17)
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for index in 0..4 {
            let digit = BASE64[(group >> (18 - 6 * index)) as usize & 63];
            text.push(if index <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut group, mut bits) = (0u32, 0);
    for digit in text.trim_end_matches('=').bytes() {
        let value = BASE64.iter().position(|known| *known == digit)?;
        group = group << 6 | u32::try_from(value).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((group >> bits & 255) as u8);
        }
    }
    Some(bytes)
}

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

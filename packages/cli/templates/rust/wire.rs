//! The JSON form of every WIT type.
//!
//! Part of the plugin, not a library: change it as you like. Only the standard library is used.
#![allow(dead_code)]

use crate::json::Json;

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

//! The values of a contract: where they lie in memory, by the canonical ABI at the machine's pointer width, and their JSON form.

use crate::json::Json;
#[cfg(not(target_arch = "wasm32"))]
use crate::native::alloc;
#[cfg(target_arch = "wasm32")]
use crate::wasm::alloc;

/// A type of the contract.
pub trait Value: Sized {
    const SIZE: usize;
    const ALIGN: usize;
    const IS_OPTION: bool = false;

    /// Copies the value out of memory.
    ///
    /// # Safety
    /// `at` is where such a value of the host's stands.
    unsafe fn load(at: *const u8) -> Self;

    /// Writes the value, with copies in the host's memory of all that it points to.
    ///
    /// # Safety
    /// `at` has room for it.
    unsafe fn store(self, at: *mut u8);

    fn from_json(json: &Json) -> Result<Self, String>;
    fn to_json(&self) -> Json;

    /// # Safety
    /// As `load`, for `count` values in a row.
    unsafe fn load_list(at: *const u8, count: usize) -> Vec<Self> {
        (0..count).map(|index| unsafe { Self::load(at.add(index * Self::SIZE)) }).collect()
    }
    /// # Safety
    /// As `store`, for all of them in a row.
    unsafe fn store_list(items: Vec<Self>, at: *mut u8) {
        for (index, item) in items.into_iter().enumerate() {
            unsafe { item.store(at.add(index * Self::SIZE)) };
        }
    }
    /// `list<u8>` has a form of its own, base64; all other lists are lists.
    fn list_from_json(json: &Json) -> Result<Vec<Self>, String> {
        match json {
            Json::List(items) => items.iter().map(Self::from_json).collect(),
            _ => Err("expected a list".into()),
        }
    }
    fn list_to_json(items: &[Self]) -> Json {
        Json::List(items.iter().map(Self::to_json).collect())
    }
}

/// A value that C passes as a number.
pub trait Scalar: Value {
    type Raw: Copy + Default;
    fn from_raw(raw: Self::Raw) -> Self;
    fn into_raw(self) -> Self::Raw;
}

pub const fn align_to(offset: usize, align: usize) -> usize {
    (offset + align - 1) & !(align - 1)
}

pub const fn largest(sizes: &[usize], least: usize) -> usize {
    let (mut most, mut index) = (least, 0);
    while index < sizes.len() {
        if sizes[index] > most {
            most = sizes[index];
        }
        index += 1;
    }
    most
}

/// Where each of the fields stands, and behind them the size of all.
pub const fn offsets<const N: usize>(layouts: &[(usize, usize)]) -> [usize; N] {
    let mut found = [0; N];
    let (mut at, mut most, mut index) = (0, 1, 0);
    while index < layouts.len() {
        let (size, align) = layouts[index];
        at = align_to(at, align);
        found[index] = at;
        at += size;
        if align > most {
            most = align;
        }
        index += 1;
    }
    found[index] = align_to(at, most);
    found
}

macro_rules! numbers {
    ($($type:ident $parse:ident),*) => {$(
        impl Value for $type {
            const SIZE: usize = size_of::<$type>();
            const ALIGN: usize = size_of::<$type>();
            unsafe fn load(at: *const u8) -> Self {
                unsafe { at.cast::<$type>().read_unaligned() }
            }
            unsafe fn store(self, at: *mut u8) {
                unsafe { at.cast::<$type>().write_unaligned(self) }
            }
            unsafe fn load_list(at: *const u8, count: usize) -> Vec<Self> {
                let mut list = Vec::with_capacity(count);
                unsafe {
                    std::ptr::copy_nonoverlapping(at, list.as_mut_ptr() as *mut u8, count * Self::SIZE);
                    list.set_len(count);
                }
                list
            }
            unsafe fn store_list(items: Vec<Self>, at: *mut u8) {
                unsafe { std::ptr::copy_nonoverlapping(items.as_ptr() as *const u8, at, items.len() * Self::SIZE) }
            }
            $parse!($type);
        }
        impl Scalar for $type {
            type Raw = $type;
            fn from_raw(raw: $type) -> Self { raw }
            fn into_raw(self) -> $type { self }
        }
    )*};
}

macro_rules! integer {
    ($type:ident) => {
        fn from_json(json: &Json) -> Result<Self, String> {
            match json {
                // Beyond 2^53 they are texts, because JavaScript's numbers end there.
                Json::Number(text) | Json::Text(text) => text.parse().map_err(|_| format!("{text} is no {}", stringify!($type))),
                _ => Err("expected a number".into()),
            }
        }
        fn to_json(&self) -> Json {
            let text = self.to_string();
            if text.len() > 15 { Json::Text(text) } else { Json::Number(text) }
        }
    };
}

macro_rules! byte {
    ($type:ident) => {
        integer!($type);
        fn list_from_json(json: &Json) -> Result<Vec<u8>, String> {
            json.text().and_then(from_base64).ok_or_else(|| "expected base64".into())
        }
        fn list_to_json(items: &[u8]) -> Json {
            Json::Text(to_base64(items))
        }
    };
}

macro_rules! float {
    ($type:ident) => {
        fn from_json(json: &Json) -> Result<Self, String> {
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
        fn to_json(&self) -> Json {
            if self.is_nan() {
                Json::Text("NaN".into())
            } else if self.is_infinite() {
                Json::Text(if *self > 0.0 { "Infinity" } else { "-Infinity" }.into())
            } else {
                Json::Number(format!("{self:e}"))
            }
        }
    };
}

numbers!(u8 byte, i8 integer, u16 integer, i16 integer, u32 integer, i32 integer, u64 integer, i64 integer, f32 float, f64 float);

impl Value for bool {
    const SIZE: usize = 1;
    const ALIGN: usize = 1;
    unsafe fn load(at: *const u8) -> Self {
        unsafe { *at != 0 }
    }
    unsafe fn store(self, at: *mut u8) {
        unsafe { *at = self as u8 }
    }
    fn from_json(json: &Json) -> Result<Self, String> {
        match json {
            Json::Bool(value) => Ok(*value),
            _ => Err("expected true or false".into()),
        }
    }
    fn to_json(&self) -> Json {
        Json::Bool(*self)
    }
}

impl Scalar for bool {
    type Raw = u8;
    fn from_raw(raw: u8) -> Self {
        raw != 0
    }
    fn into_raw(self) -> u8 {
        self as u8
    }
}

impl Value for char {
    const SIZE: usize = 4;
    const ALIGN: usize = 4;
    unsafe fn load(at: *const u8) -> Self {
        Self::from_raw(unsafe { u32::load(at) })
    }
    unsafe fn store(self, at: *mut u8) {
        unsafe { self.into_raw().store(at) }
    }
    fn from_json(json: &Json) -> Result<Self, String> {
        let mut characters = json.text().unwrap_or("").chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) => Ok(character),
            _ => Err("expected one character".into()),
        }
    }
    fn to_json(&self) -> Json {
        Json::Text(self.to_string())
    }
}

impl Scalar for char {
    type Raw = u32;
    fn from_raw(raw: u32) -> Self {
        char::from_u32(raw).unwrap_or(char::REPLACEMENT_CHARACTER)
    }
    fn into_raw(self) -> u32 {
        self as u32
    }
}

const POINTER: usize = size_of::<usize>();

unsafe fn load_pair(at: *const u8) -> (*const u8, usize) {
    unsafe { (at.cast::<*const u8>().read_unaligned(), at.add(POINTER).cast::<usize>().read_unaligned()) }
}

unsafe fn store_pair(pointer: *const u8, count: usize, at: *mut u8) {
    unsafe {
        at.cast::<*const u8>().write_unaligned(pointer);
        at.add(POINTER).cast::<usize>().write_unaligned(count);
    }
}

impl Value for String {
    const SIZE: usize = 2 * POINTER;
    const ALIGN: usize = POINTER;
    unsafe fn load(at: *const u8) -> Self {
        let (pointer, length) = unsafe { load_pair(at) };
        let bytes = unsafe { u8::load_list(pointer, length) };
        // The host checks every text before it sends one.
        unsafe { String::from_utf8_unchecked(bytes) }
    }
    unsafe fn store(self, at: *mut u8) {
        unsafe { self.into_bytes().store(at) }
    }
    fn from_json(json: &Json) -> Result<Self, String> {
        json.text().map(str::to_owned).ok_or_else(|| "expected a text".into())
    }
    fn to_json(&self) -> Json {
        Json::Text(self.clone())
    }
}

impl Value for () {
    const SIZE: usize = 0;
    const ALIGN: usize = 1;
    unsafe fn load(_: *const u8) -> Self {}
    unsafe fn store(self, _: *mut u8) {}
    fn from_json(_: &Json) -> Result<Self, String> {
        Ok(())
    }
    fn to_json(&self) -> Json {
        Json::Null
    }
}

impl<T: Value> Value for Vec<T> {
    const SIZE: usize = 2 * POINTER;
    const ALIGN: usize = POINTER;
    unsafe fn load(at: *const u8) -> Self {
        let (pointer, count) = unsafe { load_pair(at) };
        if count == 0 { Vec::new() } else { unsafe { T::load_list(pointer, count) } }
    }
    unsafe fn store(self, at: *mut u8) {
        let count = self.len();
        let pointer = alloc(count * T::SIZE);
        unsafe {
            T::store_list(self, pointer);
            store_pair(pointer, count, at);
        }
    }
    fn from_json(json: &Json) -> Result<Self, String> {
        T::list_from_json(json)
    }
    fn to_json(&self) -> Json {
        T::list_to_json(self)
    }
}

impl<T: Value, const N: usize> Value for [T; N] {
    const SIZE: usize = N * T::SIZE;
    const ALIGN: usize = T::ALIGN;
    unsafe fn load(at: *const u8) -> Self {
        std::array::from_fn(|index| unsafe { T::load(at.add(index * T::SIZE)) })
    }
    unsafe fn store(self, at: *mut u8) {
        for (index, item) in self.into_iter().enumerate() {
            unsafe { item.store(at.add(index * T::SIZE)) };
        }
    }
    fn from_json(json: &Json) -> Result<Self, String> {
        T::list_from_json(json)?.try_into().map_err(|_| format!("expected {N} items"))
    }
    fn to_json(&self) -> Json {
        T::list_to_json(self)
    }
}

impl<T: Value> Value for Option<T> {
    const SIZE: usize = align_to(align_to(1, T::ALIGN) + T::SIZE, T::ALIGN);
    const ALIGN: usize = T::ALIGN;
    const IS_OPTION: bool = true;
    unsafe fn load(at: *const u8) -> Self {
        unsafe { if *at == 0 { None } else { Some(T::load(at.add(align_to(1, T::ALIGN)))) } }
    }
    unsafe fn store(self, at: *mut u8) {
        unsafe {
            *at = self.is_some() as u8;
            if let Some(value) = self {
                value.store(at.add(align_to(1, T::ALIGN)));
            }
        }
    }
    fn from_json(json: &Json) -> Result<Self, String> {
        match json {
            Json::Null => Ok(None),
            _ if T::IS_OPTION => T::from_json(json.get("some")).map(Some),
            _ => T::from_json(json).map(Some),
        }
    }
    fn to_json(&self) -> Json {
        match self {
            None => Json::Null,
            Some(value) if T::IS_OPTION => Json::Object(vec![("some".into(), value.to_json())]),
            Some(value) => value.to_json(),
        }
    }
}

impl<T: Value, E: Value> Value for Result<T, E> {
    const ALIGN: usize = largest(&[T::ALIGN, E::ALIGN], 1);
    const SIZE: usize = align_to(align_to(1, Self::ALIGN) + largest(&[T::SIZE, E::SIZE], 0), Self::ALIGN);
    unsafe fn load(at: *const u8) -> Self {
        unsafe {
            let payload = at.add(align_to(1, Self::ALIGN));
            if *at == 0 { Ok(T::load(payload)) } else { Err(E::load(payload)) }
        }
    }
    unsafe fn store(self, at: *mut u8) {
        unsafe {
            let payload = at.add(align_to(1, Self::ALIGN));
            *at = self.is_err() as u8;
            match self {
                Ok(value) => value.store(payload),
                Err(error) => error.store(payload),
            }
        }
    }
    fn from_json(json: &Json) -> Result<Self, String> {
        if json.has("ok") { T::from_json(json.get("ok")).map(Ok) } else { E::from_json(json.get("err")).map(Err) }
    }
    fn to_json(&self) -> Json {
        let (name, value) = match self {
            Ok(value) => ("ok", value.to_json()),
            Err(error) => ("err", error.to_json()),
        };
        Json::Object(vec![(name.into(), value)])
    }
}

macro_rules! tuples {
    ($($count:literal ($($name:ident $index:tt),+))*) => {$(
        impl<$($name: Value),+> Value for ($($name,)+) {
            const ALIGN: usize = largest(&[$($name::ALIGN),+], 1);
            const SIZE: usize = offsets::<{ $count + 1 }>(&[$(($name::SIZE, $name::ALIGN)),+])[$count];
            unsafe fn load(at: *const u8) -> Self {
                let offsets = const { offsets::<{ $count + 1 }>(&[$(($name::SIZE, $name::ALIGN)),+]) };
                unsafe { ($($name::load(at.add(offsets[$index])),)+) }
            }
            unsafe fn store(self, at: *mut u8) {
                let offsets = const { offsets::<{ $count + 1 }>(&[$(($name::SIZE, $name::ALIGN)),+]) };
                unsafe { $(self.$index.store(at.add(offsets[$index]));)+ }
            }
            fn from_json(json: &Json) -> Result<Self, String> {
                let Json::List(items) = json else { return Err("expected a list".into()) };
                Ok(($($name::from_json(items.get($index).unwrap_or(&Json::Null))?,)+))
            }
            fn to_json(&self) -> Json {
                Json::List(vec![$(self.$index.to_json()),+])
            }
        }
    )*};
}
tuples! {
    1 (A 0) 2 (A 0, B 1) 3 (A 0, B 1, C 2) 4 (A 0, B 1, C 2, D 3) 5 (A 0, B 1, C 2, D 3, E 4)
    6 (A 0, B 1, C 2, D 3, E 4, F 5) 7 (A 0, B 1, C 2, D 3, E 4, F 5, G 6) 8 (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    9 (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8) 10 (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    11 (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    12 (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
    13 (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12)
    14 (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13)
    15 (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14)
    16 (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14, P 15)
    17 (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14, P 15, Q 16)
    18 (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14, P 15, Q 16, R 17)
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

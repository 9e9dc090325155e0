//! The named types of a contract, as `tenon codegen --rust` writes them down: the types themselves, and how they cross.

/// A record: a struct with its fields by their WIT labels.
#[macro_export]
macro_rules! record {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $field:ident $label:literal : $type:ty),* $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name { $($(#[$doc])* pub $field: $type),* }

        impl $crate::Value for $name {
            const ALIGN: usize = $crate::value::largest(&[$(<$type as $crate::Value>::ALIGN),*], 1);
            const SIZE: usize = {
                let layouts = &[$((<$type as $crate::Value>::SIZE, <$type as $crate::Value>::ALIGN)),*];
                $crate::value::offsets::<{ [$($label),*].len() + 1 }>(layouts)[[$($label),*].len()]
            };
            #[allow(unused_assignments)]
            unsafe fn load(at: *const u8) -> Self {
                let mut next = 0;
                $(
                    next = $crate::value::align_to(next, <$type as $crate::Value>::ALIGN);
                    let $field = unsafe { <$type as $crate::Value>::load(at.add(next)) };
                    next += <$type as $crate::Value>::SIZE;
                )*
                $name { $($field),* }
            }
            #[allow(unused_assignments)]
            unsafe fn store(self, at: *mut u8) {
                let mut next = 0;
                $(
                    next = $crate::value::align_to(next, <$type as $crate::Value>::ALIGN);
                    unsafe { $crate::Value::store(self.$field, at.add(next)) };
                    next += <$type as $crate::Value>::SIZE;
                )*
            }
            fn from_json(json: &$crate::Json) -> Result<Self, String> {
                Ok($name { $($field: json.param($label)?),* })
            }
            fn to_json(&self) -> $crate::Json {
                $crate::Json::Object(vec![$(($label.into(), $crate::Value::to_json(&self.$field))),*])
            }
        }
    };
}

/// A variant: an enum with at most one value in each case; the number type is that of the case in memory.
#[macro_export]
macro_rules! variant {
    ($(#[$about:meta])* $name:ident $tag:ty { $($(#[$doc:meta])* $case:ident $label:literal = $index:literal $(($value:ident : $type:ty))?),* $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $name { $($(#[$doc])* $case $(($type))?),* }

        impl $name {
            const PAYLOAD_ALIGN: usize = $crate::value::largest(&[$($(<$type as $crate::Value>::ALIGN,)?)*], 1);
            const PAYLOAD: usize = $crate::value::align_to(size_of::<$tag>(), Self::PAYLOAD_ALIGN);
        }

        impl $crate::Value for $name {
            const ALIGN: usize = $crate::value::largest(&[Self::PAYLOAD_ALIGN], size_of::<$tag>());
            const SIZE: usize = $crate::value::align_to(
                Self::PAYLOAD + $crate::value::largest(&[$($(<$type as $crate::Value>::SIZE,)?)*], 0),
                <Self as $crate::Value>::ALIGN,
            );
            unsafe fn load(at: *const u8) -> Self {
                match unsafe { <$tag as $crate::Value>::load(at) } {
                    $($index => $name::$case $(({
                        let $value = unsafe { <$type as $crate::Value>::load(at.add(Self::PAYLOAD)) };
                        $value
                    }))?,)*
                    other => panic!("{other} is no case of {}", stringify!($name)),
                }
            }
            unsafe fn store(self, at: *mut u8) {
                match self {
                    $($name::$case $(($value))? => unsafe {
                        <$tag as $crate::Value>::store($index, at);
                        $($crate::Value::store($value, at.add(Self::PAYLOAD));)?
                    })*
                }
            }
            fn from_json(json: &$crate::Json) -> Result<Self, String> {
                Ok(match json.text().or(json.get("tag").text()).unwrap_or("") {
                    $($label => $name::$case $(({
                        let $value: $type = json.param("val")?;
                        $value
                    }))?,)*
                    other => return Err(format!("{other:?} is no case of {}", stringify!($name))),
                })
            }
            fn to_json(&self) -> $crate::Json {
                match self {
                    $($name::$case $(($value))? => $crate::Json::Object(vec![
                        ("tag".into(), $crate::Json::Text($label.into())),
                        $(("val".into(), $crate::Value::to_json($value)),)?
                    ])),*
                }
            }
        }
    };
}

/// An enum: cases without values, passed as a number.
#[macro_export]
macro_rules! enumeration {
    ($(#[$about:meta])* $name:ident $tag:ty { $($(#[$doc:meta])* $case:ident $label:literal = $index:literal),* $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $case = $index),* }

        impl $crate::Value for $name {
            const ALIGN: usize = size_of::<$tag>();
            const SIZE: usize = size_of::<$tag>();
            unsafe fn load(at: *const u8) -> Self {
                <Self as $crate::Scalar>::from_raw(unsafe { <$tag as $crate::Value>::load(at) })
            }
            unsafe fn store(self, at: *mut u8) {
                unsafe { <$tag as $crate::Value>::store(self as $tag, at) }
            }
            fn from_json(json: &$crate::Json) -> Result<Self, String> {
                match json.text().unwrap_or("") {
                    $($label => Ok($name::$case),)*
                    other => Err(format!("{other:?} is no case of {}", stringify!($name))),
                }
            }
            fn to_json(&self) -> $crate::Json {
                $crate::Json::Text(match self { $($name::$case => $label),* }.into())
            }
        }

        impl $crate::Scalar for $name {
            type Raw = $tag;
            fn from_raw(raw: $tag) -> Self {
                match raw {
                    $($index => $name::$case,)*
                    other => panic!("{other} is no case of {}", stringify!($name)),
                }
            }
            fn into_raw(self) -> $tag {
                self as $tag
            }
        }
    };
}

/// Flags: a struct of booleans, bits in memory.
#[macro_export]
macro_rules! flags {
    ($(#[$about:meta])* $name:ident $bits:ty { $($(#[$doc:meta])* $flag:ident $label:literal = $bit:literal),* $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $name { $($(#[$doc])* pub $flag: bool),* }

        impl $crate::Value for $name {
            const ALIGN: usize = size_of::<$bits>();
            const SIZE: usize = size_of::<$bits>();
            unsafe fn load(at: *const u8) -> Self {
                let bits = unsafe { <$bits as $crate::Value>::load(at) };
                $name { $($flag: bits >> $bit & 1 == 1),* }
            }
            unsafe fn store(self, at: *mut u8) {
                let bits: $bits = 0 $(| (self.$flag as $bits) << $bit)*;
                unsafe { <$bits as $crate::Value>::store(bits, at) }
            }
            fn from_json(json: &$crate::Json) -> Result<Self, String> {
                let $crate::Json::List(items) = json else { return Err("expected a list of flags".into()) };
                let set: Vec<&str> = items.iter().filter_map($crate::Json::text).collect();
                Ok($name { $($flag: set.contains(&$label)),* })
            }
            fn to_json(&self) -> $crate::Json {
                let all = [$(($label, self.$flag)),*];
                $crate::Json::List(all.into_iter().filter(|(_, is_set)| *is_set).map(|(label, _)| $crate::Json::Text(label.into())).collect())
            }
        }
    };
}

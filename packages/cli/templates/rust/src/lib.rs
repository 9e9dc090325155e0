//! Plugins for Tenon hosts in Rust: implement the traits that `tenon codegen --rust` writes for a contract, name the type
//! that does in `export!`, and the same source is a shared library (`dylib`), a program (`stdio`) and a WebAssembly module that
//! `tenon wrap` makes a component of.
//!
//! Only the standard library is used.

pub mod json;
mod macros;
pub mod native;
pub mod stdio;
pub mod value;
#[cfg(target_arch = "wasm32")]
pub mod wasm;

pub use json::Json;
pub use value::{Scalar, Value};

/// Calls a host function: by its number where the host has this library loaded, by its name where it started this program.
///
/// Panics when the host refuses or fails; the present call fails with the host's own error then, unless it is caught.
pub fn call_host<P: Value, R: Value>(index: u32, path: &str, params: P) -> R {
    if native::is_open() { native::call(index, params) } else { stdio::call(path, &params) }
}

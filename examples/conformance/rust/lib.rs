//! contracts/conformance in Rust: every value goes back as it came, and `calls` does what the contract says.

wit_bindgen::generate!({ path: "contract.wit", world: "plugin" });

mod system;

use exports::tenon::conformance::values::{Awkward, Colour, Deep, ManyFlags, Permissions, Person, Scalars, Shape};
use tenon::conformance::host;

struct Plugin;
export!(Plugin);

impl exports::tenon::conformance::values::Guest for Plugin {
    fn echo_awkward(value: Awkward) -> Awkward {
        value
    }

    fn echo_bool(value: bool) -> bool {
        value
    }

    fn echo_bool_list(value: Vec<bool>) -> Vec<bool> {
        value
    }

    fn echo_bytes(value: Vec<u8>) -> Vec<u8> {
        value
    }

    fn echo_char(value: char) -> char {
        value
    }

    fn echo_colour(value: Colour) -> Colour {
        value
    }

    fn echo_deep(value: Deep) -> Deep {
        value
    }

    fn echo_f32(value: f32) -> f32 {
        value
    }

    fn echo_f64(value: f64) -> f64 {
        value
    }

    fn echo_f64_list(value: Vec<f64>) -> Vec<f64> {
        value
    }

    /// Returns all its arguments: more of them than the canonical ABI passes one by one.
    fn echo_many(a: u8, b: i8, c: u16, d: i16, e: u32, f: i32, g: u64, h: i64, i: f32, j: f64, k: char, l: String, m: bool, n: Colour, o: Permissions, p: Vec<u8>, q: Option<u32>, r: (u8, u8)) -> (u8, i8, u16, i16, u32, i32, u64, i64, f32, f64, char, String, bool, Colour, Permissions, Vec<u8>, Option<u32>, (u8, u8)) {
        (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r)
    }

    fn echo_many_flags(value: ManyFlags) -> ManyFlags {
        value
    }

    fn echo_map(value: wit_bindgen::rt::Map<String, u32>) -> wit_bindgen::rt::Map<String, u32> {
        value
    }

    fn echo_nested_list(value: Vec<Vec<String>>) -> Vec<Vec<String>> {
        value
    }

    fn echo_nested_option(value: Option<Option<String>>) -> Option<Option<String>> {
        value
    }

    fn echo_option(value: Option<u32>) -> Option<u32> {
        value
    }

    fn echo_option_record(value: Option<Person>) -> Option<Person> {
        value
    }

    fn echo_permissions(value: Permissions) -> Permissions {
        value
    }

    fn echo_person(value: Person) -> Person {
        value
    }

    fn echo_record_list(value: Vec<Person>) -> Vec<Person> {
        value
    }

    fn echo_result(value: Result<u32, String>) -> Result<u32, String> {
        value
    }

    fn echo_result_empty(value: Result<(), ()>) -> Result<(), ()> {
        value
    }

    fn echo_result_err_only(value: Result<(), String>) -> Result<(), String> {
        value
    }

    fn echo_result_ok_only(value: Result<u32, ()>) -> Result<u32, ()> {
        value
    }

    fn echo_s16(value: i16) -> i16 {
        value
    }

    fn echo_s32(value: i32) -> i32 {
        value
    }

    fn echo_s64(value: i64) -> i64 {
        value
    }

    fn echo_s64_list(value: Vec<i64>) -> Vec<i64> {
        value
    }

    fn echo_s8(value: i8) -> i8 {
        value
    }

    fn echo_scalars(value: Scalars) -> Scalars {
        value
    }

    fn echo_shape(value: Shape) -> Shape {
        value
    }

    fn echo_string(value: String) -> String {
        value
    }

    fn echo_string_list(value: Vec<String>) -> Vec<String> {
        value
    }

    fn echo_tuple(value: (u8, String, f64)) -> (u8, String, f64) {
        value
    }

    fn echo_u16(value: u16) -> u16 {
        value
    }

    fn echo_u32(value: u32) -> u32 {
        value
    }

    fn echo_u32_list(value: Vec<u32>) -> Vec<u32> {
        value
    }

    fn echo_u64(value: u64) -> u64 {
        value
    }

    fn echo_u8(value: u8) -> u8 {
        value
    }

    /// Takes nothing and returns nothing.
    fn nothing() {
        // Nothing.
    }
}

impl exports::tenon::conformance::calls::Guest for Plugin {
    /// Returns `n` bytes; the byte at index i is `i % 251`.
    fn big(n: u32) -> Vec<u8> {
        (0..n).map(|index| (index % 251) as u8).collect()
    }

    /// Returns `host.double(n)`.
    fn call_host(n: u32) -> u32 {
        host::double(n)
    }

    /// Returns `host.double-later(n)`.
    fn call_host_async(n: u32) -> u32 {
        host::double_later(n)
    }

    /// Calls `host.broken()` and lets the failure pass through.
    fn call_host_failing() -> u32 {
        host::broken()
    }

    /// Ends the plugin's process, thread or instance with this exit code, without an answer.
    fn exit(code: u32) {
        system::exit(code)
    }

    /// Throws or traps, with `message` where the language has messages.
    fn fail(message: String) {
        system::print(2, &message);
        panic!("{message}")
    }

    /// Prints `lines` lines of 80 characters to standard output and error, as fast as it can, and returns.
    fn flood(lines: u32) {
        let line = format!("{}.\n", "flood ".repeat(13));
        for _ in 0..lines {
            system::print(1, &line);
            system::print(2, &line);
        }
    }

    /// Returns at once, then throws outside of any call.
    fn late_throw() {
        // Nothing of a module runs when no call does.
    }

    /// Prints each line on its own to standard output, or to the log where there is no standard output.
    fn log_lines(lines: Vec<String>) {
        for line in lines {
            system::print(1, &format!("{line}\n"));
        }
    }

    /// Returns 0 for depth 0; else calls `host.reenter(depth - 1)` and returns its result plus 1.
    fn reenter(depth: u32) -> u32 {
        if depth == 0 { 0 } else { host::reenter(depth - 1) + 1 }
    }

    /// Returns `ms` after that many milliseconds.
    fn sleep(ms: u32) -> u32 {
        system::sleep(ms);
        ms
    }

    /// Never returns and never gives way.
    fn spin() {
        loop {}
    }

    /// Waits until the call is cancelled, at most `ms`; then calls `host.note("cancelled")` or `host.note("waited")`.
    fn wait_cancel(ms: u32) {
        system::sleep(ms);
        host::note("waited");
    }
}

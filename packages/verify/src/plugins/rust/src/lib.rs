//! The plugin of contracts/conformance in Rust: one source for a shared library and for a program.
mod plugin;

use std::io::Write;
use std::time::Duration;

use plugin::*;

struct Conformance;

export!(Conformance);

impl Default for Conformance {
    fn default() -> Self {
        assert!(!cfg!(feature = "throws"), "cannot load on purpose");
        Conformance
    }
}

macro_rules! echoes {
    ($($name:ident: $type:ty,)*) => { $(fn $name(&self, value: $type) -> $type { value })* };
}

impl ValuesExports for Conformance {
    echoes! {
        echo_map: Vec<(String, u32)>,
        echo_result_empty: Result<(), ()>,
        echo_result_err_only: Result<(), String>,
        echo_result_ok_only: Result<u32, ()>,
        echo_tuple: (u8, String, f64),
        echo_awkward: Awkward,
        echo_bool: bool,
        echo_bool_list: Vec<bool>,
        echo_bytes: Vec<u8>,
        echo_char: char,
        echo_colour: Colour,
        echo_deep: Deep,
        echo_f32: f32,
        echo_f64: f64,
        echo_f64_list: Vec<f64>,
        echo_many_flags: ManyFlags,
        echo_nested_list: Vec<Vec<String>>,
        echo_nested_option: Option<Option<String>>,
        echo_option: Option<u32>,
        echo_option_record: Option<Person>,
        echo_permissions: Permissions,
        echo_person: Person,
        echo_record_list: Vec<Person>,
        echo_result: Result<u32, String>,
        echo_s16: i16,
        echo_s32: i32,
        echo_s64: i64,
        echo_s64_list: Vec<i64>,
        echo_s8: i8,
        echo_scalars: Scalars,
        echo_shape: Shape,
        echo_string: String,
        echo_string_list: Vec<String>,
        echo_u16: u16,
        echo_u32: u32,
        echo_u32_list: Vec<u32>,
        echo_u64: u64,
        echo_u8: u8,
    }

    fn echo_many(&self, a: u8, b: i8, c: u16, d: i16, e: u32, f: i32, g: u64, h: i64, i: f32, j: f64, k: char, l: String, m: bool, n: Colour, o: Permissions, p: Vec<u8>, q: Option<u32>, r: (u8, u8,)) -> (u8, i8, u16, i16, u32, i32, u64, i64, f32, f64, char, String, bool, Colour, Permissions, Vec<u8>, Option<u32>, (u8, u8,),) {
        (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r)
    }

    fn nothing(&self) {}
}

impl CallsExports for Conformance {
    fn fail(&self, message: String) {
        panic!("{message}");
    }

    fn spin(&self) {
        loop {
            std::hint::spin_loop();
        }
    }

    fn exit(&self, code: u32) {
        std::process::exit(code as i32);
    }

    fn sleep(&self, ms: u32) -> u32 {
        std::thread::sleep(Duration::from_millis(ms.into()));
        ms
    }

    fn flood(&self, lines: u32) {
        let line = [[b'x'; 79].as_slice(), b"\n"].concat();
        for _ in 0..lines {
            // Twice, because a program has its protocol on the standard output.
            let _ = std::io::stderr().write_all(&line).and_then(|()| std::io::stderr().write_all(&line));
        }
    }

    fn late_throw(&self) {
        std::thread::spawn(|| {
            std::thread::sleep(Duration::from_millis(1));
            std::process::abort();
        });
    }

    fn call_host(&self, n: u32) -> u32 {
        host_host::double(n)
    }

    fn call_host_async(&self, n: u32) -> u32 {
        host_host::double_later(n)
    }

    fn call_host_failing(&self) -> u32 {
        host_host::broken()
    }

    fn reenter(&self, depth: u32) -> u32 {
        if depth == 0 { 0 } else { host_host::reenter(depth - 1) + 1 }
    }

    fn big(&self, n: u32) -> Vec<u8> {
        (0..n).map(|index| (index % 251) as u8).collect()
    }

    fn wait_cancel(&self, ms: u32) {
        std::thread::sleep(Duration::from_millis(ms.into()));
        host_host::note("waited".into());
    }

    fn log_lines(&self, lines: Vec<String>) {
        for line in lines {
            eprintln!("{line}");
        }
    }
}

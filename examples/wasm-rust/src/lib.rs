//! A plugin for contracts/bench as a core module: the canonical ABI by hand, no crate.
use std::alloc::{Layout, alloc, dealloc, realloc};

/// Which contract this module speaks; the host reads it before it compiles the module.
#[used]
#[unsafe(link_section = "tenon:contract")]
static CONTRACT: [u8; 69] = *br#"{"package":"tenon:bench","world":"plugin","version":"0.1.0","abi":1} "#;

#[link(wasm_import_module = "tenon:bench/host@0.1.0")]
unsafe extern "C" {
    safe fn tick(n: u32) -> u32;
}

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("a size and an alignment of the canonical ABI")
}

/// The host puts strings and lists where this says; whoever takes them over frees them.
#[unsafe(export_name = "cabi_realloc")]
unsafe extern "C" fn cabi_realloc(old: *mut u8, old_size: usize, align: usize, size: usize) -> *mut u8 {
    match (old_size, size) {
        (0, 0) => align as *mut u8,
        (0, _) => unsafe { alloc(layout(size, align)) },
        _ => unsafe { realloc(old, layout(old_size, align), size) },
    }
}

/// A string or a list of bytes in a result: pointer and length, as the host reads them.
#[repr(C)]
struct Bytes(*mut u8, usize);

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Bytes {
        let bytes = Box::leak(bytes.into_boxed_slice());
        Bytes(bytes.as_mut_ptr(), bytes.len())
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        if self.1 > 0 {
            unsafe { dealloc(self.0, layout(self.1, 1)) };
        }
    }
}

/// What a result that does not fit one core value is returned as: a pointer, until the host has read it.
fn result<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

unsafe fn done<T>(result: *mut T) {
    drop(unsafe { Box::from_raw(result) });
}

#[unsafe(export_name = "tenon:bench/work@0.1.0#add")]
extern "C" fn add(a: i32, b: i32) -> i32 {
    a.wrapping_add(b)
}

#[unsafe(export_name = "tenon:bench/work@0.1.0#echo")]
extern "C" fn echo(text: *mut u8, length: usize) -> *mut Bytes {
    result(Bytes(text, length))
}

#[unsafe(export_name = "cabi_post_tenon:bench/work@0.1.0#echo")]
unsafe extern "C" fn echo_done(value: *mut Bytes) {
    unsafe { done(value) }
}

#[unsafe(export_name = "tenon:bench/work@0.1.0#bytes")]
extern "C" fn bytes(data: *mut u8, length: usize) -> *mut Bytes {
    result(Bytes(data, length))
}

#[unsafe(export_name = "cabi_post_tenon:bench/work@0.1.0#bytes")]
unsafe extern "C" fn bytes_done(value: *mut Bytes) {
    unsafe { done(value) }
}

#[unsafe(export_name = "tenon:bench/work@0.1.0#callbacks")]
extern "C" fn callbacks(count: u32) -> u32 {
    (0..count).fold(0, |n, _| tick(n))
}

/// A `build-request` in: each field as its own core values. A `build-response` out, as it lies in memory.
#[unsafe(export_name = "tenon:bench/work@0.1.0#build")]
unsafe extern "C" fn build(
    path: *mut u8,
    path_length: usize,
    target: *mut u8,
    target_length: usize,
    args: *mut Bytes,
    arg_count: usize,
    env: *mut [Bytes; 2],
    env_count: usize,
) -> *mut [Bytes; 2] {
    let (path, _target) = (Bytes(path, path_length), Bytes(target, target_length));
    let args = unsafe { take(args, arg_count) };
    let env = unsafe { take(env, env_count) };
    let seed = path.1 + target_length + env.len() + args.iter().map(|arg| arg.1).sum::<usize>();
    let artifact: Vec<u8> = (0..4096).map(|index| (seed + index) as u8).collect();
    let mut log = unsafe { std::slice::from_raw_parts(path.0, path.1) }.to_vec();
    log.resize(256, b'.');
    result([artifact.into(), log.into()])
}

#[unsafe(export_name = "cabi_post_tenon:bench/work@0.1.0#build")]
unsafe extern "C" fn build_done(value: *mut [Bytes; 2]) {
    unsafe { done(value) }
}

/// Takes over a list that the host has passed in.
unsafe fn take<T>(items: *mut T, count: usize) -> Vec<T> {
    if count == 0 { Vec::new() } else { unsafe { Vec::from_raw_parts(items, count, count) } }
}

//! The edge of a shared library: what the host gives it, memory of the host's, calls both ways. Nothing unwinds through it.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::ptr::null;

use crate::value::{Scalar, Value};

const FAILED: u32 = 1;
const NO_MEMORY: u32 = 2;

/// `tenon_memory_v1` of the C header.
#[repr(C)]
pub struct Memory {
    base: *mut u8,
    top: u32,
    end: u32,
    status: u32,
    message_length: u32,
    message: [u8; 1000],
}

/// `tenon_host_v1` of the C header.
#[repr(C)]
pub struct Host {
    version: u32,
    size: u32,
    memory: *mut Memory,
    call: extern "C" fn(function: u32, at: u32),
    grow: extern "C" fn(bytes: u32) -> i32,
}

thread_local! {
    /// Only on the thread that the host calls on: any other has no host, and must not have one.
    static HOST: Cell<*const Host> = const { Cell::new(null()) };
}

/// What a panic carries when the host knows already why the call has failed.
struct AlreadyTold;

/// Whether this thread is the host's, and this library open.
pub fn is_open() -> bool {
    !HOST.get().is_null()
}

/// # Safety
/// `host` is what the host has passed to `tenon_open_v1`, and stays until `close`.
pub unsafe fn open(host: *const Host, make: impl FnOnce()) {
    HOST.set(host);
    guarded(make);
}

pub fn close(drop: impl FnOnce()) {
    guarded(drop);
    HOST.set(null());
}

fn memory() -> *mut Memory {
    let host = HOST.get();
    assert!(!host.is_null(), "memory and functions of the host are for the thread that it calls on");
    unsafe { (*host).memory }
}

/// Memory of the host's, until the present call is over.
pub fn alloc(bytes: usize) -> *mut u8 {
    let memory = memory();
    unsafe {
        let mut at = (*memory).top as usize + 7 & !7;
        if at > (*memory).end as usize || bytes > (*memory).end as usize - at {
            if bytes > u32::MAX as usize / 2 || ((*HOST.get()).grow)(bytes as u32) == 0 {
                if (*memory).status == 0 {
                    (*memory).status = NO_MEMORY;
                }
                panic_any(AlreadyTold);
            }
            at = (*memory).top as usize + 7 & !7;
        }
        (*memory).top = (at + bytes) as u32;
        (*memory).base.add(at)
    }
}

/// Runs the plugin's code; a panic of it is the failure of the call, in its own words.
fn guarded<R>(run: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(value) => Some(value),
        Err(cause) => {
            if !cause.is::<AlreadyTold>() {
                fail(&describe(&*cause));
            }
            None
        }
    }
}

pub(crate) fn describe(cause: &(dyn Any + Send)) -> String {
    let text = cause.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| cause.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panicked".into())
}

fn fail(text: &str) {
    let memory = memory();
    unsafe {
        if (*memory).status != 0 {
            return;
        }
        let mut length = text.len().min((*memory).message.len());
        while !text.is_char_boundary(length) {
            length -= 1;
        }
        std::ptr::copy_nonoverlapping(text.as_ptr(), (&raw mut (*memory).message).cast::<u8>(), length);
        (*memory).message_length = length as u32;
        (*memory).status = FAILED;
    }
}

/// Serves a call whose values are numbers.
pub fn scalar<R: Scalar>(call: impl FnOnce() -> R) -> R::Raw {
    guarded(call).map_or(R::Raw::default(), R::into_raw)
}

/// Serves a call without a result.
pub fn nothing(call: impl FnOnce()) {
    guarded(call);
}

/// Serves a call whose values stand in a block: parameters first, then the result in their place.
///
/// # Safety
/// `at` is what the host has called with.
pub unsafe fn block<P: Value, R: Value>(at: u32, call: impl FnOnce(P) -> R) {
    guarded(|| unsafe {
        let block = (*memory()).base.add(at as usize);
        call(P::load(block)).store(block);
    });
}

/// Calls a host function by its number.
pub fn call<P: Value, R: Value>(index: u32, params: P) -> R {
    let size = crate::value::largest(&[P::SIZE, R::SIZE], 8);
    let memory = memory();
    unsafe {
        let (base, top) = ((*memory).base, (*memory).top);
        // What the parameters point to comes first, so that the block lies where memory is taken from when the host is called.
        let mut own = vec![0u64; size.div_ceil(8)];
        params.store(own.as_mut_ptr().cast());
        let block = alloc(size);
        std::ptr::copy_nonoverlapping(own.as_ptr().cast::<u8>(), block, size);
        let at = block.offset_from((*memory).base) as u32;
        if (*memory).status == 0 {
            ((*HOST.get()).call)(index, at);
        }
        if (*memory).status != 0 {
            std::panic::resume_unwind(Box::new(AlreadyTold));
        }
        let result = R::load(block);
        // All of it is copied now, so a loop of such calls needs no more memory than one.
        if (*memory).base == base {
            (*memory).top = top;
        }
        result
    }
}

//! Memory of a WebAssembly plugin: what the host puts in and what it takes out lives until the call is over.

use std::alloc::Layout;
use std::cell::{Cell, RefCell};

use crate::value::Value;

const ALIGN: usize = 8;

thread_local! {
    static BLOCKS: RefCell<Vec<(*mut u8, usize)>> = const { RefCell::new(Vec::new()) };
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Memory until the outermost call is over.
pub fn alloc(bytes: usize) -> *mut u8 {
    let size = bytes.max(1);
    let block = unsafe { std::alloc::alloc(Layout::from_size_align(size, ALIGN).expect("too much memory at once")) };
    assert!(!block.is_null(), "there is no memory left");
    BLOCKS.with(|blocks| blocks.borrow_mut().push((block, size)));
    block
}

/// `cabi_realloc` of the canonical ABI.
///
/// # Safety
/// `old` is null or what this gave, with `old_size` bytes.
pub unsafe fn realloc(old: *mut u8, old_size: usize, _align: usize, size: usize) -> *mut u8 {
    let block = alloc(size);
    unsafe { std::ptr::copy_nonoverlapping(old, block, old_size.min(size)) };
    block
}

/// Runs a call with the parameters at `frame`; gives the place of its result.
///
/// # Safety
/// The parameters stand at `frame`.
pub unsafe fn call<P: Value, R: Value>(frame: *const u8, run: impl FnOnce(P) -> R) -> *mut u8 {
    DEPTH.set(DEPTH.get() + 1);
    let result = run(unsafe { P::load(frame) });
    let out = alloc(R::SIZE);
    unsafe { result.store(out) };
    out
}

/// The host has all that a call gave.
pub fn done() {
    DEPTH.set(DEPTH.get() - 1);
    if DEPTH.get() > 0 {
        return;
    }
    for (block, size) in BLOCKS.with(|blocks| blocks.take()) {
        unsafe { std::alloc::dealloc(block, Layout::from_size_align_unchecked(size, ALIGN)) };
    }
}

/// Room for the parameters or the result of one call.
pub type Room<const WORDS: usize> = [u64; WORDS];

macro_rules! access {
    ($($load:ident $store:ident $type:ty, $core:ty;)*) => {$(
        /// # Safety
        /// There is such a value at this place.
        pub unsafe fn $load(base: *const u8, offset: usize) -> $core {
            unsafe { base.add(offset).cast::<$type>().read_unaligned() as $core }
        }
        /// # Safety
        /// There is room for it at this place.
        pub unsafe fn $store(base: *mut u8, offset: usize, value: $core) {
            unsafe { base.add(offset).cast::<$type>().write_unaligned(value as $type) }
        }
    )*};
}
access! {
    load_u8 store_u8 u8, u32;
    load_s8 store_s8 i8, u32;
    load_u16 store_u16 u16, u32;
    load_s16 store_s16 i16, u32;
    load_i32 store_i32 u32, u32;
    load_i64 store_i64 u64, u64;
    load_f32 store_f32 f32, f32;
    load_f64 store_f64 f64, f64;
}

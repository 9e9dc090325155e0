// The canonical ABI by hand: what crosses between this module and its host, as pointers, lengths and fixed offsets.
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error, realloc};
use std::cell::RefCell;

thread_local! {
    /// What the last result is made of; its post-return function frees it.
    static RESULT: RefCell<Vec<(*mut u8, Layout)>> = const { RefCell::new(Vec::new()) };
}

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("a size and an alignment of the canonical ABI")
}

/// The host allocates with it what it passes in; a size of 0 has no memory.
#[unsafe(export_name = "cabi_realloc")]
pub unsafe extern "C" fn cabi_realloc(old: *mut u8, old_size: usize, align: usize, size: usize) -> *mut u8 {
    if size == 0 {
        return align as *mut u8;
    }
    let made = unsafe {
        if old_size == 0 { alloc(layout(size, align)) } else { realloc(old, layout(old_size, align), size) }
    };
    if made.is_null() { handle_alloc_error(layout(size, align)) } else { made }
}

/// Takes over a string that the host has passed in.
pub unsafe fn take_string(pointer: *mut u8, length: usize) -> String {
    if length == 0 {
        return String::new();
    }
    // The host may pass UTF-8 only, and says so by refusing everything else before it gets here.
    unsafe { String::from_raw_parts(pointer, length, length) }
}

/// Takes over a list of strings.
pub unsafe fn take_strings(pointer: *mut u8, length: usize) -> Vec<String> {
    let words = pointer as *const usize;
    let strings = (0..length).map(|at| unsafe { take_string(*words.add(2 * at) as *mut u8, *words.add(2 * at + 1)) });
    let strings = strings.collect();
    if length > 0 {
        unsafe { dealloc(pointer, layout(length * 8, 4)) };
    }
    strings
}

/// Takes over a list of pairs of strings.
pub unsafe fn take_pairs(pointer: *mut u8, length: usize) -> Vec<(String, String)> {
    let mut strings = unsafe { take_strings(pointer, 2 * length) }.into_iter();
    std::iter::from_fn(|| Some((strings.next()?, strings.next()?))).collect()
}

/// A part of a result: `size` bytes of zeros that live until `free_result`.
pub fn result_memory(size: usize, align: usize) -> Record {
    if size == 0 {
        return Record(align as *mut u8);
    }
    let memory = unsafe { cabi_realloc(std::ptr::null_mut(), 0, align, size) };
    unsafe { memory.write_bytes(0, size) };
    RESULT.with_borrow_mut(|parts| parts.push((memory, layout(size, align))));
    Record(memory)
}

/// Frees what the last result was made of: all that a post-return function does.
pub fn free_result() {
    for (memory, layout) in RESULT.take() {
        unsafe { dealloc(memory, layout) };
    }
}

/// A value of the result, written member by member at the offsets of the canonical ABI.
#[derive(Clone, Copy)]
pub struct Record(*mut u8);

impl Record {
    pub fn pointer(self) -> *mut u8 {
        self.0
    }
    pub fn at(self, offset: usize) -> Record {
        Record(unsafe { self.0.add(offset) })
    }
    pub fn byte(self, offset: usize, value: u8) {
        unsafe { *self.0.add(offset) = value };
    }
    pub fn word(self, offset: usize, value: u32) {
        unsafe { *(self.0.add(offset) as *mut u32) = value };
    }
    pub fn long(self, offset: usize, value: u64) {
        unsafe { *(self.0.add(offset) as *mut u64) = value };
    }
    pub fn string(self, offset: usize, value: &str) {
        let copy = result_memory(value.len(), 1);
        unsafe { copy.0.copy_from(value.as_ptr(), value.len()) };
        self.word(offset, copy.0 as u32);
        self.word(offset + 4, value.len() as u32);
    }
    pub fn optional_string(self, offset: usize, value: Option<&str>) {
        if let Some(value) = value {
            self.byte(offset, 1);
            self.string(offset + 4, value);
        }
    }
    pub fn optional_word(self, offset: usize, value: Option<u32>) {
        if let Some(value) = value {
            self.byte(offset, 1);
            self.word(offset + 4, value);
        }
    }
    /// A list whose elements have `size` bytes; `write` fills one of them.
    pub fn list<T>(self, offset: usize, items: &[T], (size, align): (usize, usize), write: impl Fn(Record, &T)) {
        let memory = result_memory(items.len() * size, align);
        for (index, item) in items.iter().enumerate() {
            write(memory.at(index * size), item);
        }
        self.word(offset, memory.0 as u32);
        self.word(offset + 4, items.len() as u32);
    }
    pub fn strings(self, offset: usize, items: &[&str]) {
        self.list(offset, items, (8, 4), |at, item| at.string(0, item));
    }
}

// The host functions of the builder contract that this plugin uses: files of the project, and what is shown meanwhile.
use crate::abi::{take_string, take_strings};

mod raw {
    #[link(wasm_import_module = "tenon:builder/report@0.1.0")]
    unsafe extern "C" {
        pub fn progress(message: *const u8, length: usize, has_percent: u32, percent: u32);
    }
    #[link(wasm_import_module = "tenon:builder/project@0.1.0")]
    unsafe extern "C" {
        #[link_name = "list-files"]
        pub fn list_files(folder: *const u8, length: usize, result: *mut u32);
        #[link_name = "read-text"]
        pub fn read_text(path: *const u8, length: usize, result: *mut u32);
        #[link_name = "write-text"]
        pub fn write_text(path: *const u8, length: usize, text: *const u8, text_length: usize, result: *mut u32);
    }
}

pub enum FileError {
    NotFound,
    /// In the host's words.
    Other(String),
}

/// `result<_, file-error>` with a payload of two words, as all results of `project` have it: tag, payload.
type FileResult = [u32; 4];

fn unpack<T>(result: FileResult, ok: impl Fn(*mut u8, usize) -> T) -> Result<T, FileError> {
    let [tag, first, second, third] = result;
    // Only the first byte of a tag is written.
    if tag & 0xff == 0 {
        return Ok(ok(first as usize as *mut u8, second as usize));
    }
    if first & 0xff == 0 {
        return Err(FileError::NotFound);
    }
    Err(FileError::Other(unsafe { take_string(second as usize as *mut u8, third as usize) }))
}

pub fn progress(message: &str, percent: usize) {
    unsafe { raw::progress(message.as_ptr(), message.len(), 1, percent as u32) };
}

pub fn list_files(folder: &str) -> Result<Vec<String>, FileError> {
    let mut result = FileResult::default();
    unsafe { raw::list_files(folder.as_ptr(), folder.len(), result.as_mut_ptr()) };
    unpack(result, |pointer, length| unsafe { take_strings(pointer, length) })
}

pub fn read_text(path: &str) -> Result<String, FileError> {
    let mut result = FileResult::default();
    unsafe { raw::read_text(path.as_ptr(), path.len(), result.as_mut_ptr()) };
    unpack(result, |pointer, length| unsafe { take_string(pointer, length) })
}

pub fn write_text(path: &str, text: &str) -> Result<(), FileError> {
    let mut result = FileResult::default();
    unsafe { raw::write_text(path.as_ptr(), path.len(), text.as_ptr(), text.len(), result.as_mut_ptr()) };
    unpack(result, |_, _| ())
}

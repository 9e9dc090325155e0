// The exports of the builder contract, under their canonical names: flat parameters in, a pointer to the result out.
mod abi;
mod css;
mod diagnostic;
mod host;
mod inline;
mod markdown;
mod scss;
mod scss_parser;
mod scss_values;
mod site;

use abi::{Record, free_result, result_memory, take_pairs, take_string, take_strings};
use diagnostic::Diagnostic;
use site::{Failure, Output};

const MAIN_PAGE: &str = "content/index.md";

#[unsafe(export_name = "tenon:builder/builder@0.1.0#info")]
extern "C" fn info() -> *mut u8 {
    let info = result_memory(40, 4);
    info.string(0, "markdown");
    info.string(8, env!("CARGO_PKG_VERSION"));
    info.string(16, "Web sites from Markdown and SCSS, compiled in a sandbox without any access to the system.");
    info.strings(24, &["markdown", "scss"]);
    info.strings(32, &["html"]);
    info.pointer()
}

#[unsafe(export_name = "tenon:builder/builder@0.1.0#detect")]
unsafe extern "C" fn detect(pointer: *mut u8, length: usize) -> *mut u8 {
    let files = unsafe { take_strings(pointer, length) };
    let detection = result_memory(28, 4);
    if files.iter().any(|file| file == MAIN_PAGE) {
        detection.byte(0, 1);
        detection.string(4, "markdown");
        detection.byte(12, 90);
        detection.optional_string(16, Some(MAIN_PAGE));
    }
    detection.pointer()
}

#[unsafe(export_name = "tenon:builder/builder@0.1.0#check-tools")]
extern "C" fn check_tools() -> *mut u8 {
    let none = result_memory(8, 4);
    none.strings(0, &[]);
    none.pointer()
}

/// A `build-request`, member by member.
#[unsafe(export_name = "tenon:builder/builder@0.1.0#build")]
unsafe extern "C" fn build(
    project: *mut u8,
    project_length: usize,
    has_entry: u32,
    entry: *mut u8,
    entry_length: usize,
    has_target: u32,
    target: *mut u8,
    target_length: usize,
    release: u32,
    out_dir: *mut u8,
    out_dir_length: usize,
    options: *mut u8,
    options_length: usize,
) -> *mut u8 {
    let optional = |has: u32, pointer, length| (has != 0).then(|| unsafe { take_string(pointer, length) });
    // Files are named relative to the project, wherever it lies.
    drop(unsafe { take_string(project, project_length) });
    drop(optional(has_entry, entry, entry_length));
    let target = optional(has_target, target, target_length);
    let out_dir = unsafe { take_string(out_dir, out_dir_length) };
    let options = unsafe { take_pairs(options, options_length) };
    let result = result_memory(40, 4);
    match checked(target.as_deref(), &options).and_then(|()| site::build(&out_dir, release != 0)) {
        Ok(output) => write_output(result.at(4), &output),
        Err(failure) => {
            result.byte(0, 1);
            write_failure(result.at(4), &failure);
        }
    }
    result.pointer()
}

fn checked(target: Option<&str>, options: &[(String, String)]) -> Result<(), Failure> {
    match target {
        None | Some("html") => {}
        Some(other) => return Err(Failure::Unsupported(format!("there is no target {other}, only html"))),
    }
    match options.first() {
        None => Ok(()),
        Some((name, _)) => Err(Failure::Unsupported(format!("there is no option {name}"))),
    }
}

fn write_output(at: Record, output: &Output) {
    at.list(0, &output.artifacts, (24, 8), |at, (path, size)| {
        at.string(0, path);
        // `document` or `auxiliary` of `artifact-kind`.
        at.byte(8, if path.ends_with(".html") { 4 } else { 5 });
        at.long(16, *size as u64);
    });
    at.list(8, &output.warnings, (52, 4), write_diagnostic);
}

fn write_failure(at: Record, failure: &Failure) {
    match failure {
        Failure::Unsupported(why) => at.string(4, why),
        Failure::Compile(diagnostics) => {
            at.byte(0, 2);
            at.list(4, diagnostics, (52, 4), write_diagnostic);
        }
        Failure::Io(why) => {
            at.byte(0, 3);
            at.string(4, why);
        }
    }
}

fn write_diagnostic(at: Record, diagnostic: &Diagnostic) {
    at.byte(0, if diagnostic.is_warning { 1 } else { 0 });
    at.string(4, &diagnostic.message);
    at.optional_string(12, Some(&diagnostic.file));
    at.optional_word(24, Some(diagnostic.line as u32));
    at.optional_word(32, diagnostic.column.map(|column| column as u32));
}

/// Nothing is ever left outside of `out-dir`.
#[unsafe(export_name = "tenon:builder/builder@0.1.0#clean")]
unsafe extern "C" fn clean(project: *mut u8, project_length: usize, out_dir: *mut u8, out_dir_length: usize) -> *mut u8 {
    drop(unsafe { (take_string(project, project_length), take_string(out_dir, out_dir_length)) });
    let removed = result_memory(16, 4);
    removed.strings(4, &[]);
    removed.pointer()
}

macro_rules! post_return {
    ($($function:ident $name:literal),*) => {
        $(
            #[unsafe(export_name = concat!("cabi_post_tenon:builder/builder@0.1.0#", $name))]
            extern "C" fn $function(_result: *mut u8) {
                free_result();
            }
        )*
    };
}

post_return!(free_info "info", free_detect "detect", free_check_tools "check-tools", free_build "build", free_clean "clean");

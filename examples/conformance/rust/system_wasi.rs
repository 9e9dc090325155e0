//! Time, output and the end of the program, from WASI preview1: for the `wasm` boundary, which serves it.

mod wasi {
    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        pub fn fd_write(fd: u32, parts: *const (*const u8, usize), count: usize, written: *mut usize) -> u32;
        pub fn proc_exit(code: u32) -> !;
        pub fn poll_oneoff(subscriptions: *const Subscription, events: *mut [u64; 4], count: usize, happened: *mut usize) -> u32;
    }

    /// A wait for a clock: tag 0; the timeout in nanoseconds.
    #[repr(C)]
    #[derive(Default)]
    pub struct Subscription {
        pub userdata: u64,
        pub tag: u64,
        pub clock: u32,
        pub timeout: u64,
        pub precision: u64,
        pub flags: u16,
    }
}

const MONOTONIC: u32 = 1;

pub fn exit(code: u32) {
    unsafe { wasi::proc_exit(code) }
}

pub fn print(fd: u32, text: &str) {
    let mut written = 0;
    unsafe { wasi::fd_write(fd, &(text.as_ptr(), text.len()), 1, &mut written) };
}

pub fn sleep(ms: u32) {
    let wait = wasi::Subscription { clock: MONOTONIC, timeout: u64::from(ms) * 1_000_000, ..Default::default() };
    let (mut event, mut happened) = ([0; 4], 0);
    assert_eq!(unsafe { wasi::poll_oneoff(&wait, &mut event, 1, &mut happened) }, 0);
}

//! A component that imports what its contract says has no clock, no output and no exit; its cases are skipped.

pub fn exit(_code: u32) {
    unreachable!("there is no exit")
}

pub fn print(_fd: u32, _text: &str) {}

pub fn sleep(_ms: u32) {
    unreachable!("there is no clock")
}

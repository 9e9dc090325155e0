//! The same plugin as a program.
fn main() {
    conformance::serve();
}

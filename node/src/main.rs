//! The township station.
fn main() {}

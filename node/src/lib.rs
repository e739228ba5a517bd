//! The township station.

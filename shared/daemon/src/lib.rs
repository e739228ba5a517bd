//! How it lives.

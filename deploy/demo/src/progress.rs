//! A bar that fills: on a terminal in its place, elsewhere a line at the end.

use std::io::{IsTerminal, Write};

/// Width of the bar in characters.
const WIDTH: usize = 30;

/// One thing that takes a while.
pub struct Progress {
    what: String,
    all: usize,
    done: usize,
    terminal: bool,
}

impl Progress {
    /// Begins; drawn on standard error.
    pub fn new(what: &str, all: usize) -> Self {
        Self { what: what.to_owned(), all, done: 0, terminal: std::io::stderr().is_terminal() }
    }

    /// So many are done.
    pub fn at(&mut self, done: usize) {
        if self.terminal && done != self.done {
            let filled = WIDTH * done / self.all.max(1);
            let bar = format!("{}{}", "█".repeat(filled), "░".repeat(WIDTH - filled.min(WIDTH)));
            eprint!("\r          {bar} {done}/{} {}", self.all, self.what);
            let _ = std::io::stderr().flush();
        }
        self.done = done;
    }

    /// No more comes.
    pub fn end(self) {
        if self.terminal {
            eprintln!();
        } else {
            eprintln!("          {}/{} {}", self.done, self.all, self.what);
        }
    }
}

//! `fengsui-node`: the township station.

use std::process::ExitCode;

fn main() -> ExitCode {
    fengsui_node::cli::main(std::env::args_os())
}

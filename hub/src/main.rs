//! `fengsui-hub`: the county, city and province hub.

use std::process::ExitCode;

fn main() -> ExitCode {
    fengsui_hub::cli::main(std::env::args_os())
}

//! Completion scripts and manual pages, made from the command line itself so that they cannot differ from it.

use std::io::Write;
use std::path::Path;

use clap_complete::Shell;

use crate::failure::{Code, Failure};
use crate::print::line;

fn failed(error: &std::io::Error, what: &str) -> Failure {
    Failure::new(Code::Failed, format!("failed to write {what}: {error}"))
}

pub(super) fn completions(mut command: clap::Command, shell: Shell) -> Result<(), Failure> {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    // As it is: a script may hold tabs, which `print::line` would not let through.
    std::io::stdout().write_all(&script).map_err(|error| failed(&error, "the script"))
}

pub(super) fn manual(command: clap::Command, out: Option<&Path>) -> Result<(), Failure> {
    let Some(dir) = out else {
        let mut page = Vec::new();
        let rendered = clap_mangen::Man::new(command).render(&mut page);
        let written = rendered.and_then(|()| std::io::stdout().write_all(&page));
        return written.map_err(|error| failed(&error, "the page"));
    };
    let written = std::fs::create_dir_all(dir).and_then(|()| clap_mangen::generate_to(command, dir));
    written.map_err(|error| failed(&error, &dir.display().to_string()))?;
    line(&format!("手册页已写入 {} (manual pages written)", dir.display()));
    Ok(())
}

//! Help, completion scripts and manual pages: made from the command line, so they must name all of it.

use std::path::PathBuf;
use std::process::Command;

use crate::binary;
use crate::station::Said;

fn say(program: &PathBuf, args: &[&str]) -> Said {
    Command::new(program).args(args).output().expect("the program runs").into()
}

/// Names of the commands in `--help`.
fn commands(program: &PathBuf) -> Vec<String> {
    let help = say(program, &["--help"]);
    let listed = help.text().lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    // A long explanation goes on in lines that are indented further.
    let named = listed
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next());
    named.map(str::to_owned).collect()
}

#[test]
fn completions_name_every_command_and_read_as_a_script() {
    for (name, program) in [("fengsui-node", binary::node()), ("fengsui-hub", binary::hub())] {
        for shell in ["bash", "zsh", "fish"] {
            let script = say(&program, &["completions", shell]);
            let script = script.text();
            let missing: Vec<_> =
                commands(&program).into_iter().filter(|command| !script.contains(command.as_str())).collect();
            assert!(missing.is_empty(), "{shell}: {name} lacks {missing:?}");
            assert!(script.contains(name), "{shell}: {name}");
        }
        let script = say(&program, &["completions", "bash"]).out;
        // In a file: it is longer than the system takes as one argument.
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), &script).expect("write the script");
        let read = Command::new("bash").arg("-n").arg(file.path()).status().expect("bash runs");
        assert!(read.success(), "bash does not read the script of {name}");
        say(&program, &["completions", "csh"]).refused(2, &["csh", "命令不能识读"]);
    }
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let dir = tempfile::tempdir().expect("a directory");
    for (name, program) in [("fengsui-node", binary::node()), ("fengsui-hub", binary::hub())] {
        let out = dir.path().join(name);
        say(&program, &["man", "--out", out.to_str().expect("UTF-8")]).text();
        let read = |page: String| {
            std::fs::read_to_string(out.join(&page)).unwrap_or_else(|error| panic!("{page}: {error}"))
        };
        for command in commands(&program).iter().filter(|command| *command != "help") {
            let page = read(format!("{name}-{command}.1"));
            for part in [".TH ", ".SH NAME", ".SH SYNOPSIS"] {
                assert!(page.contains(part), "{name}-{command} lacks {part}");
            }
        }
        let page = read(format!("{name}.1"));
        for part in ["退出码", "FENGSUI_", "fengsui.toml", "磁盘故障", "\\-\\-data"] {
            assert!(page.contains(part), "{name} lacks {part}");
        }
        assert!(say(&program, &["man"]).text().contains(".TH "));
    }
}

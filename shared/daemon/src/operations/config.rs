//! `config check` and `config show`.

use std::path::Path;

use serde_json::json;

use crate::commands::{self, Global};
use crate::config::{Config, Overrides, Setting};
use crate::failure::Failure;
use crate::print::{line, table};

/// Reads `file`, or the station's own, and says what is doubtful in it.
pub(super) fn check(global: &Global, file: Option<&Path>) -> Result<(), Failure> {
    let own = global.home().config_path();
    let path = file.unwrap_or(&own);
    let doubts = Config::read(path)?.doubts();
    if global.json {
        line(&json!({ "file": path, "sound": true, "doubts": doubts }).to_string());
        return Ok(());
    }
    line(&format!("配置无误：{} (the file is sound)", path.display()));
    doubts.iter().for_each(|doubt| line(&format!("  注意：{doubt}")));
    Ok(())
}

/// Every value in force.
pub(super) fn show(global: &Global, flags: &Overrides) -> Result<(), Failure> {
    let settings = global.home().with(flags.clone()).settings()?;
    commands::show(global, &commands::json(&settings.values)?, |values: Vec<Setting>| text(&values))
}

fn text(values: &[Setting]) -> String {
    let row = |setting: &Setting| {
        let value = setting.value.clone().unwrap_or_else(|| "（未设）".into());
        vec![setting.key.clone(), value, format!("{} {}", setting.origin.zh(), setting.by)]
    };
    let rows: Vec<_> = values.iter().map(row).collect();
    table(&["配置项", "取值", "来源"], &rows, &[])
}

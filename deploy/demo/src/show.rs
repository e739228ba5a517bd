//! How the story reads on a terminal.

use std::time::Instant;

use fengsui_daemon::print::{line, table};
use fengsui_daemon::views::{TotalFigure, TotalView};

use crate::cluster::Station;
use crate::progress::Progress;
use crate::story::differs;

/// Prints as it goes; with `--json` to standard error, so that standard output is one object.
pub struct Story {
    begun: Instant,
    aside: bool,
}

impl Story {
    /// Begins.
    pub fn new(aside: bool) -> Self {
        Self { begun: Instant::now(), aside }
    }

    fn say(&self, text: &str) {
        match self.aside {
            true => eprintln!("{text}"),
            false => line(text),
        }
    }

    /// A part of the story.
    pub fn step(&mut self, text: &str) {
        self.say(&format!("[{:>5.1} s] {text}", self.begun.elapsed().as_secs_f32()));
    }

    /// Something within it.
    pub fn detail(&mut self, text: &str) {
        self.say(&format!("          {text}"));
    }

    /// A bar for something that takes a while.
    pub fn progress(&mut self, what: &str, all: usize) -> Progress {
        Progress::new(what, all)
    }

    /// A table.
    pub fn block(&mut self, text: &str) {
        self.say(text.trim_end());
    }

    /// The totals of some hubs beside the known answer.
    pub fn totals(&mut self, known: &[(&str, &str)], totals: &[(String, TotalView)]) {
        let find =
            |total: &TotalView, code: &str| total.figures.iter().find(|figure| figure.code == code).cloned();
        let row = |(code, known): &(&str, &str)| {
            let found: Vec<_> = totals.iter().map(|(_, total)| find(total, code)).collect();
            let shown =
                |figure: &Option<TotalFigure>| figure.as_ref().map_or_else(String::new, |of| of.text.clone());
            let texts: Vec<String> = found.iter().map(shown).collect();
            let same = texts.iter().all(|text| text == known);
            let (zh, unit) = found
                .iter()
                .flatten()
                .next()
                .map_or_else(Default::default, |of| (of.zh.clone(), of.unit.clone()));
            let mark = if same { "一致" } else { "不一致" };
            [&[(*code).to_owned(), zh][..], &texts, &[(*known).to_owned(), unit, mark.to_owned()]].concat()
        };
        let names: Vec<&str> = totals.iter().map(|(name, _)| name.as_str()).collect();
        self.step(&format!("汇总：{} 与人工核算对照", names.join("、")));
        let rows: Vec<_> = known.iter().map(row).collect();
        if !rows.is_empty() {
            let head = [&["代码", "指标"][..], &names, &["人工核算", "单位", ""]].concat();
            let numbers: Vec<usize> = (2..=2 + names.len()).collect();
            self.say(table(&head, &rows, &numbers).trim_end());
        }
        if let Some((_, highest)) = totals.last() {
            let missing: Vec<&str> = highest.missing.iter().map(|division| division.name.as_str()).collect();
            self.detail(&match missing.len() {
                0 => format!("已计入 {} 个单位，无缺报", highest.counted.len()),
                1..=10 => format!("已计入 {} 个单位，未报：{}", highest.counted.len(), missing.join("、")),
                many => format!("已计入 {} 个单位，另有 {many} 个单位未报", highest.counted.len()),
            });
        }
        for (name, total) in totals {
            for (code, known, found) in differs(total, known) {
                self.detail(&format!("不一致 {name} {code}：人工核算 {known}，汇总 {found}"));
            }
        }
    }

    /// The end.
    pub fn end(&mut self, text: &str, good: bool) {
        self.step(&format!("{text}。{}", if good { "全部一致" } else { "有差错" }));
    }

    /// What to try while the stations run.
    pub fn invite(&mut self, province: &Station, county: &Station, node: &Station, entry: &str) {
        let program = std::env::current_exe().map(|path| shorter(&path)).unwrap_or_default();
        self.say("\n各站仍在运行，可以试试（Ctrl-C 结束）：");
        for (station, args) in [
            (node, "list".to_owned()),
            (node, format!("show {entry}")),
            (node, "submit --update --drill --set QL010=2300".to_owned()),
            (county, "status".to_owned()),
            (province, "total --open QL010".to_owned()),
            (province, "verify".to_owned()),
        ] {
            self.say(&format!(
                "  {program} {} --data {} {args}",
                station.kind.word(),
                station.data.display()
            ));
        }
    }
}

/// Below the current directory a path reads better without it.
fn shorter(path: &std::path::Path) -> String {
    let here = std::env::current_dir().ok();
    let short = here.as_ref().and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path);
    short.display().to_string()
}

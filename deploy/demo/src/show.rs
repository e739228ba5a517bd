//! How the story reads on a terminal.

use std::time::Instant;

use fengsui_daemon::print::{line, table};
use fengsui_daemon::views::TotalView;

use crate::cluster::Station;
use crate::flood::differs;
use crate::progress::Progress;

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

    /// County and province beside the known answer.
    pub fn totals(&mut self, known: &[(&str, &str)], county: &TotalView, province: &TotalView) {
        self.step("汇总：县、省两级与人工核算对照");
        let find =
            |total: &TotalView, code: &str| total.figures.iter().find(|figure| figure.code == code).cloned();
        let row = |(code, known): &(&str, &str)| {
            let (of_county, of_province) = (find(county, code), find(province, code));
            let shown = |figure: &Option<fengsui_daemon::views::TotalFigure>| {
                figure.as_ref().map(|figure| figure.text.clone()).unwrap_or_default()
            };
            let same = shown(&of_county) == *known && shown(&of_province) == *known;
            let (zh, unit) =
                of_province.as_ref().map(|of| (of.zh.clone(), of.unit.clone())).unwrap_or_default();
            let mark = if same { "一致" } else { "不一致" };
            let texts =
                [(*code).to_owned(), zh, shown(&of_county), shown(&of_province), (*known).to_owned(), unit];
            [&texts[..], &[mark.to_owned()]].concat()
        };
        let rows: Vec<_> = known.iter().map(row).collect();
        let head = ["代码", "指标", "永吉县", "吉林省", "人工核算", "单位", ""];
        self.say(table(&head, &rows, &[2, 3, 4]).trim_end());
        let missing: Vec<&str> = province.missing.iter().map(|division| division.name.as_str()).collect();
        self.detail(&format!("已计入 {} 个乡镇，未报：{}", province.counted.len(), missing.join("、")));
        for (code, known, found) in differs(county, known).iter().chain(&differs(province, known)) {
            self.detail(&format!("不一致 {code}：人工核算 {known}，汇总 {found}"));
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

//! How villages and depots read on a terminal.

use std::fmt::Write;

use crate::views::{ContributionView, SiteView};

/// Figures of one site on one line.
const FIGURES_PER_LINE: usize = 4;

/// Each site with its figures; nothing where there are none.
pub fn sites(sites: &[SiteView]) -> String {
    let mut text = String::new();
    for (at, site) in sites.iter().enumerate() {
        if at == 0 {
            // Writing into a String cannot fail.
            let _ = writeln!(text, "分{}数据（{} 个）：", site.kind_zh, sites.len());
        }
        let number = if site.key == site.name { String::new() } else { format!("（{}）", site.key) };
        let figures: Vec<String> =
            site.figures.iter().map(|of| format!("{} {} {}", of.code, of.zh, of.text)).collect();
        for (line, of_line) in figures.chunks(FIGURES_PER_LINE).enumerate() {
            let label = if line == 0 { format!("{}{number}", site.name) } else { String::new() };
            let _ = writeln!(text, "  {}  {}", super::pad(&label, 16), of_line.join("，"));
        }
    }
    text
}

/// The villages or depots behind the parts of a total.
pub(super) fn parts(contributions: &[ContributionView]) -> String {
    let mut text = String::new();
    for part in contributions.iter().filter(|part| !part.sites.is_empty()) {
        let sites: Vec<String> = part.sites.iter().map(|of| format!("{} {}", of.name, of.text)).collect();
        let _ = writeln!(text, "  {} 其中：{}", part.division, sites.join("，"));
    }
    text
}

//! The flood in Yongji: reports, a township cut off, follow-ups and a correction, with totals known beforehand. Every
//! figure is invented; it is a drill (演练), and nobody dies.

use fengsui_daemon::failure::Failure;

use crate::network::{CHANGBAISHAN, HUADIAN, JILIN, Network, PROVINCE, WANCHANG, YONGJI, wait_until};
use crate::show::Story;
use crate::story::{agree, states_only, yesterday};

/// Added up by hand from the reports below, before 万昌镇 comes back: code, figure as shown; the figures that will change.
const BEFORE: &[(&str, &str)] = &[
    ("QL001", "5"),
    ("QL010", "≥3980"),
    ("QL011", "0"),
    ("QL021", "640"),
    ("QL022", "410"),
    ("QL040", "28"),
    ("QL050", "306.75"),
    ("QL100", "513.50"),
];

/// The same at the end.
const AFTER: &[(&str, &str)] = &[
    ("QL001", "6"),
    ("QL010", "≥5690"),
    ("QL011", "0"),
    ("QL012", "0"),
    ("QL021", "640"),
    ("QL022", "410"),
    ("QL023", "320"),
    ("QL024", "260"),
    ("QL025", "320"),
    ("QL026", "150"),
    ("QL027", "2"),
    ("QL028", "2"),
    ("QL030", "560"),
    ("QL031", "450"),
    ("QL040", "34"),
    ("QL041", "26"),
    ("QL042", "12"),
    ("QL050", "540.15"),
    ("QL052", "86.50"),
    ("QL054", "20.25"),
    ("QL080", "3.60"),
    ("QL100", "513.50"),
    ("QL101", "98.50"),
    ("QL102", "285.00"),
    ("QL103", "40.00"),
    ("QL104", "70.00"),
    ("QL105", "20.00"),
    ("QL106", "0.00"),
];

/// What Huadian's townships state at last, added up by hand: nine suffer, five have nothing to report.
const HUADIAN_KNOWN: &[(&str, &str)] =
    &[("QL001", "9"), ("QL010", "5200"), ("QL012", "11"), ("QL021", "420")];

/// Where each of the flood's reports may be seen.
const LEVELS: [&str; 3] = [YONGJI, JILIN, PROVINCE];

fn event(county: &str) -> String {
    format!("{}-{county}-flood", yesterday())
}

/// Yongji: whether both totals were the known ones.
///
/// # Errors
/// When a command fails that should not.
pub fn yongji(network: &mut Network, story: &mut Story) -> Result<bool, Failure> {
    let event = event(YONGJI);
    let about = ["--drill", "--event", event.as_str()];
    story.step(&format!("初报：{event}（演练，数字均为虚构）"));
    network.line.cut(true);
    story.detail("万昌镇线路中断");
    first_reports(network, &about, story)?;
    let before = agree(network, &about[1..], &LEVELS, BEFORE, 6, story)?;
    story.step("万昌镇线路恢复，断线期间的两份报告自动上报");
    network.line.cut(false);
    let after = agree(network, &about[1..], &LEVELS, AFTER, 7, story)?;
    Ok(before && after && states_only(network, &about[1..], AFTER)?)
}

fn first_reports(network: &mut Network, about: &[&str], story: &mut Story) -> Result<(), Failure> {
    let first = "QL010=1200 QL011=0 QL012=0 QL021=300 QL022=300 QL023=200 QL024=200 QL025=100 QL026=100 QL027=2 QL028=2 \
                 QL030=350 QL031=350 QL040=16 QL041=12 QL042=5 QL050=85.5 QL052=40.25 QL054=12 \
                 QL100=260 QL101=60 QL102=120 QL103=30 QL104=40 QL105=10 QL106=0";
    let second = "QL010=2150 QL021=520 QL022=410 QL023=320 QL024=260 QL025=200 QL026=150 QL030=560 QL031=450 \
                  QL040=28 QL041=20 QL042=9 QL050=130.75 QL052=66.5 QL054=20.25 \
                  QL100=418.5 QL101=98.5 QL102=190 QL103=40 QL104=70 QL105=20";
    let fifth = "QL010=980 QL021=120 QL022=120 QL023=0 QL024=0 QL025=120 QL026=120 QL050=74";
    let more = "QL010=1710 QL050=233.4 QL040=6 QL041=6 QL042=3";
    let why = ["--update", "--explanation", "上次受灾面积多填一位，更正"];
    let mut submit = |division: &str, figures: &str, more: &[&str], story: &mut Story| {
        network.submit(division, about, figures, more, story)
    };
    submit("220221100", first, &[], story)?;
    submit("220221101", "QL010=640 QL050=520 QL052=20 QL100=95 QL102=95", &[], story)?;
    submit("220221102", "QL010=有 QL050=31.25 QL080=3.6", &[], story)?;
    submit("220221103", "", &["--zero"], story)?;
    submit("220221104", fifth, &[], story)?;
    submit("220221200", "QL010=210 QL050=18.75", &[], story)?;
    story.step("万昌镇断线照常填报，存在本机");
    submit(WANCHANG, "QL010=1530 QL050=205.1", &[], story)?;
    submit(WANCHANG, more, &["--update"], story)?;
    story.step("续报和更正");
    submit("220221100", second, &["--update"], story)?;
    submit("220221101", "QL050=52", &why, story)?;
    submit("220221104", "QL022=0 QL026=0", &["--update"], story)
}

/// Huadian: its hub is killed while its townships report, and started again.
///
/// # Errors
/// When a command fails that should not.
pub fn huadian(network: &mut Network, story: &mut Story) -> Result<bool, Failure> {
    let event = event(HUADIAN);
    let about = ["--drill", "--event", event.as_str()];
    story.step(&format!("桦甸市同时受灾：{event}（演练）"));
    let reports = [
        ("220282100", "QL010=820 QL012=6"),
        ("220282101", "QL010=430"),
        ("220282102", "QL010=1260 QL012=5 QL021=300"),
        ("220282103", "QL010=275"),
    ];
    for (division, figures) in reports {
        network.submit(division, &about, figures, &[], story)?;
    }
    story.step("桦甸市汇总站断电，各乡镇照常填报");
    network.kill(HUADIAN)?;
    let reports = [
        ("220282104", "QL010=640"),
        ("220282105", "QL010=390"),
        ("220282200", "QL010=1115 QL021=120"),
        ("220282201", "QL010=180"),
        ("220282204", "QL010=90"),
    ];
    for (division, figures) in reports {
        network.submit(division, &about, figures, &[], story)?;
    }
    for division in ["220282001", "220282002", "220282003", "220282004", "220282005"] {
        network.submit(division, &about, "", &["--zero"], story)?;
    }
    story.step("桦甸市汇总站恢复供电");
    network.start(HUADIAN)?;
    let good = agree(network, &about[1..], &[HUADIAN, JILIN, PROVINCE], HUADIAN_KNOWN, 14, story)?;
    // Eleven missing: what the county knows goes to the city and to the province at once.
    let both = || Ok(lines_up(network, HUADIAN)? == [JILIN, PROVINCE]);
    wait_until("桦甸市 did not turn to the province beside its city", both)?;
    story.detail("失踪 11 人（演练），达到越级报送标准：桦甸市同时直连吉林市和省");
    Ok(good)
}

/// Divisions of the hubs above that a hub is connected to now, lowest first.
fn lines_up(network: &Network, hub: &str) -> Result<Vec<String>, Failure> {
    let status = network.hub(hub).ask(&["status"])?;
    let links = status["links"].as_array().cloned().unwrap_or_default();
    let online = links.iter().filter(|up| up["link"]["online"] == true);
    let mut divisions: Vec<String> =
        online.filter_map(|up| Some(up["division"]["code"].as_str()?.to_owned())).collect();
    divisions.sort_unstable_by_key(|code| std::cmp::Reverse(code.len()));
    Ok(divisions)
}

/// Changbaishan's areas report that they have nothing to report: to a hub of city level, with no county between.
///
/// # Errors
/// When a command fails that should not.
pub fn changbaishan(network: &mut Network, story: &mut Story) -> Result<bool, Failure> {
    let event = event(CHANGBAISHAN);
    let about = ["--drill", "--event", event.as_str()];
    story.step("长白山三区零报告，直报管委会");
    for division in ["220621120", "220621121", "222426120"] {
        network.submit(division, &about, "", &["--zero"], story)?;
    }
    agree(network, &about[1..], &[CHANGBAISHAN, PROVINCE], &[], 3, story)
}

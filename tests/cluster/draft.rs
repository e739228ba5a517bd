//! Nothing typed is lost: what was refused is a draft, and what is owed stands where the clerk looks.

use crate::network::{FLOOD, KOUQIAN, Network};
use crate::station::{PATIENCE, Said, wait_for};

/// The draft that a refusal names.
fn draft(said: &Said) -> String {
    assert!(
        said.err.contains("所填内容已存为草稿，更正后继续") && said.err.contains("kept as a draft"),
        "{said:?}"
    );
    let named = said.err.split_once("：submit ").expect("a command").1;
    named.split_once(" (").expect("a file").0.to_owned()
}

#[test]
fn what_was_refused_is_kept_corrected_and_goes_when_it_was_saved() {
    let network = Network::running();
    let node = network.running_node(KOUQIAN);
    let wrong = [
        "submit",
        "--event",
        FLOOD,
        "--set",
        "QL010=12人口",
        "--set",
        "QL050=3.5",
        "--narrative",
        "河水漫堤",
    ];
    let said = node.command(&wrong);
    said.refused(2, &["QL010 受灾人口", "12人口"]);
    let path = draft(&said);
    assert!(path.ends_with(&format!("drafts/{FLOOD}.1.toml")), "{path}");
    // The next mistake in it is written over it.
    let text = std::fs::read_to_string(&path).expect("the draft reads");
    assert!(text.contains("12人口") && text.contains("河水漫堤"), "{text}");
    std::fs::write(&path, text.replace("12人口", "12")).expect("the clerk corrects it");
    let said = node.command(&["submit", &path, "--set", "QL011=13"]);
    said.refused(3, &["未保存", "DC01", "受灾人口不能小于因灾死亡人口"]);
    assert_eq!(draft(&said), path);
    let unsure = ["submit", path.as_str(), "--set", "QL011=1", "--cutoff", "2026-07-19T08:00"];
    let said = node.command(&[&unsure[..], &["--occurred", "2026-07-20T08:00"]].concat());
    said.refused(3, &["FS04", "灾害发生时间不能晚于数据截止时间", "cannot begin after the cut-off"]);
    node.command(&[&unsure[..], &["--occurred", "2026-07-19T07:00", "--dry-run"]].concat()).text();
    assert!(std::path::Path::new(&path).exists(), "a dry run keeps the draft");
    node.command(&[&unsure[..], &["--occurred", "2026-07-19T07:00"]].concat()).text();
    assert!(!std::path::Path::new(&path).exists(), "its report was saved");
    let list = node.json(&["list"]);
    assert_eq!(
        (&list["total"], &list["reports"][0]["texts"][0][1]),
        (&1.into(), &"河水漫堤".into()),
        "{list}"
    );

    // What the duty room asks for next stands on top of the list, and in the status.
    assert_eq!(
        (&list["owed"][0]["owed"], &list["owed"][0]["overdue"]),
        (&"continued".into(), &false.into()),
        "{list}"
    );
    for command in ["list", "status"] {
        let text = node.command(&[command]);
        assert!(
            text.text().contains("待办 1 项") && text.text().contains("续报（无变化的报零报告）应于"),
            "{text:?}"
        );
    }
    let entry = list["reports"][0]["reference"].as_str().expect("an entry").to_owned();
    wait_for("the county to hold it", PATIENCE, || {
        let said = network.county.command(&["review", &entry, "--return", "QL010=与台账不符"]);
        if said.code == 0 { Ok(()) } else { Err(said.err) }
    });
    wait_for("the reminder", PATIENCE, || {
        let text = node.command(&["list"]).out;
        if text.contains("被退回，更正后用 submit --update 再报") { Ok(()) } else { Err(text) }
    });
}

#[test]
fn a_county_that_files_for_another_keeps_its_draft_too() {
    let network = Network::running();
    let told = ["--told-by", "双河镇值班室", "--told-at", "2026-07-20T05:10"];
    let file = ["file-for", KOUQIAN, "--event", FLOOD, "--set", "QL010=-3"];
    let said = network.county.command(&[&file[..], &told].concat());
    said.refused(2, &["QL010 受灾人口", "不能是负数", "it is negative", "file-for 220221100 --told-by"]);
    let path = network.county.dir().join(format!("drafts/{FLOOD}.1.toml"));
    let text = std::fs::read_to_string(&path).expect("the draft reads");
    std::fs::write(&path, text.replace("-3", "3")).expect("the clerk corrects it");
    let again = ["file-for", KOUQIAN, path.to_str().expect("UTF-8")];
    network.county.command(&[&again[..], &told].concat()).text();
    assert!(!path.exists());
}

//! Real programs on loopback: what a clerk, an operator and an attacker can do to `fengsui-node` and `fengsui-hub`, with
//! known answers. Every wait has a limit and says what it waited for; an ERROR line that a test does not expect fails it.

#[path = "cluster/binary.rs"]
mod binary;
#[path = "cluster/craft.rs"]
mod craft;
#[path = "cluster/network.rs"]
mod network;
#[path = "cluster/peer.rs"]
mod peer;
#[path = "cluster/station.rs"]
mod station;
#[path = "cluster/view.rs"]
mod view;

#[path = "cluster/aid.rs"]
mod aid;
#[path = "cluster/as_of.rs"]
mod as_of;
#[path = "cluster/catalogue.rs"]
mod catalogue;
#[path = "cluster/clean.rs"]
mod clean;
#[path = "cluster/config.rs"]
mod config;
#[path = "cluster/course.rs"]
mod course;
#[path = "cluster/doctor.rs"]
mod doctor;
#[path = "cluster/draft.rs"]
mod draft;
#[path = "cluster/enrol.rs"]
mod enrol;
#[path = "cluster/figures.rs"]
mod figures;
#[path = "cluster/four_levels.rs"]
mod four_levels;
#[path = "cluster/funds.rs"]
mod funds;
#[path = "cluster/hostile.rs"]
mod hostile;
#[path = "cluster/issued.rs"]
mod issued;
#[path = "cluster/log.rs"]
mod log;
#[path = "cluster/mistakes.rs"]
mod mistakes;
#[path = "cluster/not_counted.rs"]
mod not_counted;
#[path = "cluster/offline.rs"]
mod offline;
#[path = "cluster/pages.rs"]
mod pages;
#[path = "cluster/power.rs"]
mod power;
#[path = "cluster/process.rs"]
mod process;
#[path = "cluster/proof.rs"]
mod proof;
#[path = "cluster/records.rs"]
mod records;
#[path = "cluster/review.rs"]
mod review;
#[path = "cluster/revoked.rs"]
mod revoked;
#[path = "cluster/rotate.rs"]
mod rotate;
#[path = "cluster/severe.rs"]
mod severe;
#[path = "cluster/standards.rs"]
mod standards;
#[path = "cluster/stick.rs"]
mod stick;
#[path = "cluster/stranger.rs"]
mod stranger;
#[path = "cluster/submission.rs"]
mod submission;
#[path = "cluster/supervisor.rs"]
mod supervisor;
#[path = "cluster/way_up.rs"]
mod way_up;
#[path = "cluster/web.rs"]
mod web;

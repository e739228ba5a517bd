//! What the reader of TOML cannot see: addresses that name nobody, and values that contradict each other.

use std::net::SocketAddr;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::{Config, Mistake};

impl Config {
    /// Everything that reads and cannot be meant, with its place in `text`.
    pub(super) fn mistakes(&self, text: &str) -> Vec<Mistake> {
        let mut found = Vec::new();
        let mut wrong = |path: &[&str], zh: &str, en: String| {
            found.push(Mistake::at(text, place(text, path), format!("{}：{zh}", path.join(".")), en));
        };
        if !self.root.is_usable() {
            wrong(&["root"], "不是可用的 ed25519 公钥", "root is not a sound ed25519 key".into());
        }
        if let Some(parent) = &self.parent {
            if !parent.key.is_usable() {
                let en = "parent.key is not a sound ed25519 key".into();
                wrong(&["parent", "key"], "不是可用的 ed25519 公钥", en);
            }
            if !is_address(&parent.address) {
                let en = format!("parent.address '{}' is not host:port", parent.address);
                wrong(&["parent", "address"], "应写成 主机:端口，如 10.22.2.21:7460", en);
            }
            if self.listen.is_some_and(|listen| parent.address == listen.to_string()) {
                let en = "parent.address is this station's own".into();
                wrong(&["parent", "address"], "与本站 listen 相同，上级不能是自己", en);
            }
        }
        if self.listen.is_some_and(|listen| listen.port() != 0 && self.enroll_listen == Some(listen)) {
            let en = "enroll_listen is the address of listen: enrolment has a port of its own".into();
            wrong(&["enroll_listen"], "与 listen 相同，入网须另用一个端口", en);
        }
        if let Some(second) = &self.second_parent {
            if !second.key.is_usable() {
                let en = "second_parent.key is not a sound ed25519 key".into();
                wrong(&["second_parent", "key"], "不是可用的 ed25519 公钥", en);
            }
            if !is_address(&second.address) {
                let en = format!("second_parent.address '{}' is not host:port", second.address);
                wrong(&["second_parent", "address"], "应写成 主机:端口，如 10.22.2.21:7460", en);
            }
        }
        if let Some(filter) = self.log.as_ref().and_then(|log| log.filter.as_ref())
            && let Err(error) = tracing_subscriber::EnvFilter::try_new(filter)
        {
            let en = format!("log.filter does not read: {error}");
            wrong(&["log", "filter"], "应写成级别，如 info 或 info,quinn=warn", en);
        }
        found
    }

    /// What is allowed and hardly meant.
    pub fn doubts(&self) -> Vec<Mistake> {
        let mut found = Vec::new();
        let mut doubt = |zh: &str, en: &str| found.push(Mistake::at("", None, zh, en));
        if self.http.as_ref().is_some_and(|http| !http.listen.ip().is_loopback()) {
            doubt(
                "http.listen 不是本机回环地址：这一接口没有口令，外面也能看到",
                "http.listen is not on loopback: it has no password and others can read it",
            );
        }
        if self.listen.is_some_and(|listen| listen.port() == 0) {
            doubt(
                "listen 的端口是 0：每次启动都会变，下级找不到本站",
                "listen has port 0: it changes at every start and no station below can find it",
            );
        }
        if self.listen.is_none() && self.parent.is_none() {
            doubt(
                "既没有上级也不接收下级：报告只存本机",
                "neither a hub above nor a port for stations below: reports stay on this machine",
            );
        }
        found
    }
}

/// Whether `text` is a host, name or number, and a port that can be dialled.
fn is_address(text: &str) -> bool {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return address.port() != 0;
    }
    text.rsplit_once(':').is_some_and(|(host, port)| {
        let is_name = !host.is_empty() && !host.contains([':', '/', ' ']);
        is_name && port.parse::<u16>().is_ok_and(|port| port != 0)
    })
}

/// Where the value of a key stands.
fn place(text: &str, path: &[&str]) -> Option<Range<usize>> {
    let parsed = DeTable::parse(text).ok()?;
    let mut table = parsed.get_ref();
    let (last, sections) = path.split_last()?;
    for section in sections {
        let (_, value) = table.iter().find(|(key, _)| key.get_ref() == section)?;
        let DeValue::Table(inner) = value.get_ref() else { return None };
        table = inner;
    }
    table.iter().find(|(key, _)| key.get_ref() == last).map(|(_, value)| value.span())
}

//! Which value is in force, and where it came from. The command line stands above the environment, the environment
//! above the file, the file above what is built in.

use std::net::SocketAddr;

use clap::Args;
use fengsui_wire::PublicKey;
use serde::{Deserialize, Serialize};

use super::{Config, HttpConfig, LogConfig, LogFormat, ParentConfig};
use crate::failure::{Code, Failure};

/// What a command line or the environment may say in place of the file. Who the station is, its division and its root,
/// is not among it: that is settled once, by `init`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// 接收下级的地址和 UDP 端口，仅汇总站 (hubs: where to listen) [env: FENGSUI_LISTEN]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// 上级汇总站，主机:端口 (the hub above, host:port) [env: FENGSUI_PARENT]
    #[arg(long, value_name = "ADDR")]
    pub parent: Option<String>,
    /// 上级汇总站的密钥 (key of the hub above) [env: FENGSUI_PARENT_KEY]
    #[arg(long, value_name = "KEY")]
    pub parent_key: Option<PublicKey>,
    /// 健康检查与监测数据的 HTTP 地址 (where to answer /healthz, /readyz, /metrics) [env: FENGSUI_HTTP]
    #[arg(long, value_name = "ADDR")]
    pub http: Option<SocketAddr>,
    /// 日志级别，如 info 或 info,quinn=warn (what to log) [env: FENGSUI_LOG]
    #[arg(long, value_name = "FILTER")]
    pub log: Option<String>,
    /// 日志格式 (how to log: text for people, JSON lines for programs) [env: FENGSUI_LOG_FORMAT]
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
}

/// One layer above the file, with the names by which a person can find a value in it.
struct Layer<'a> {
    origin: Origin,
    values: &'a Overrides,
    names: &'static Names,
}

/// How a layer calls each value.
struct Names {
    listen: &'static str,
    parent: &'static str,
    parent_key: &'static str,
    http: &'static str,
    log: &'static str,
    log_format: &'static str,
}

const FLAGS: Names = Names {
    listen: "--listen",
    parent: "--parent",
    parent_key: "--parent-key",
    http: "--http",
    log: "--log",
    log_format: "--log-format",
};

const VARIABLES: Names = Names {
    listen: "FENGSUI_LISTEN",
    parent: "FENGSUI_PARENT",
    parent_key: "FENGSUI_PARENT_KEY",
    http: "FENGSUI_HTTP",
    log: "FENGSUI_LOG",
    log_format: "FENGSUI_LOG_FORMAT",
};

impl Overrides {
    /// What the environment says; a variable that is set to nothing says nothing.
    ///
    /// # Errors
    /// Which variable does not read.
    pub fn of_environment(get: impl Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        let get = |name: &str| get(name).filter(|value| !value.is_empty());
        Ok(Self {
            listen: read(VARIABLES.listen, &get)?,
            parent: get(VARIABLES.parent),
            parent_key: read(VARIABLES.parent_key, &get)?,
            http: read(VARIABLES.http, &get)?,
            log: get(VARIABLES.log),
            log_format: read(VARIABLES.log_format, &get)?,
        })
    }
}

fn read<T: std::str::FromStr<Err: std::fmt::Display>>(
    name: &str,
    get: &impl Fn(&str) -> Option<String>,
) -> Result<Option<T>, Failure> {
    let parse = |value: String| {
        value.parse().map_err(|error| {
            let message = format!("环境变量 {name}={value} 不能识读 (failed to read {name}: {error})");
            Failure::new(Code::Usage, message)
        })
    };
    get(name).map(parse).transpose()
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The command line.
    Flag,
    /// The environment.
    Environment,
    /// The station's file.
    File,
    /// Built in.
    Default,
}

impl Origin {
    /// As an office says it.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Flag => "命令行",
            Self::Environment => "环境变量",
            Self::File => "配置文件",
            Self::Default => "缺省值",
        }
    }
}

/// One value in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Its key in the file, sections with a dot.
    pub key: String,
    /// The value; absent: nothing is set, and what depends on it is off.
    pub value: Option<String>,
    /// Where it came from.
    pub origin: Origin,
    /// The flag, the variable or the file that says it; empty for what is built in.
    pub by: String,
}

/// The configuration in force.
#[derive(Clone, Debug)]
pub struct Settings {
    /// As the station takes it.
    pub config: Config,
    /// Each value, by key.
    pub values: Vec<Setting>,
}

impl Settings {
    /// Lays the command line over the environment over the file.
    ///
    /// # Errors
    /// When the values contradict each other, as an address of a hub above without its key.
    pub fn lay(
        file: Config,
        path: &str,
        environment: &Overrides,
        flags: &Overrides,
    ) -> Result<Self, Failure> {
        let mut settings = Self { values: of_file(&file, path)?, config: file };
        let variables = Layer { origin: Origin::Environment, values: environment, names: &VARIABLES };
        let flags = Layer { origin: Origin::Flag, values: flags, names: &FLAGS };
        settings.take(&variables)?;
        settings.take(&flags)?;
        if let Some(mistake) = settings.config.mistakes("").first() {
            return Err(Failure::new(Code::Usage, mistake.to_string()));
        }
        settings.fill();
        Ok(settings)
    }

    fn take(&mut self, layer: &Layer<'_>) -> Result<(), Failure> {
        let (from, names) = (layer.values, layer.names);
        if let Some(listen) = from.listen {
            self.config.listen = Some(listen);
            self.note(layer, "listen", names.listen, listen);
        }
        self.take_parent(layer)?;
        if let Some(listen) = from.http {
            self.config.http = Some(HttpConfig { listen });
            self.note(layer, "http.listen", names.http, listen);
        }
        if let Some(filter) = &from.log {
            self.config.log.get_or_insert_default().filter = Some(filter.clone());
            self.note(layer, "log.filter", names.log, filter);
        }
        if let Some(format) = from.log_format {
            self.config.log.get_or_insert_default().format = Some(format);
            self.note(layer, "log.format", names.log_format, format);
        }
        Ok(())
    }

    fn take_parent(&mut self, layer: &Layer<'_>) -> Result<(), Failure> {
        let (from, names) = (layer.values, layer.names);
        let before = self.config.parent.take();
        let address = from.parent.clone().or_else(|| before.as_ref().map(|parent| parent.address.clone()));
        let key = from.parent_key.or_else(|| before.as_ref().map(|parent| parent.key));
        self.config.parent = match (address, key) {
            (Some(address), Some(key)) => Some(ParentConfig { address, key }),
            (None, None) => None,
            _ => {
                let message = format!(
                    "上级的地址和密钥须同时给出 (failed to name the hub above: {} and {} go together)",
                    names.parent, names.parent_key
                );
                return Err(Failure::new(Code::Usage, message));
            }
        };
        if let Some(address) = &from.parent {
            self.note(layer, "parent.address", names.parent, address);
        }
        if let Some(key) = from.parent_key {
            self.note(layer, "parent.key", names.parent_key, key);
        }
        Ok(())
    }

    fn note(&mut self, layer: &Layer<'_>, key: &str, by: &str, value: impl std::fmt::Display) {
        self.values.retain(|setting| setting.key != key);
        self.values.push(Setting {
            key: key.into(),
            value: Some(value.to_string()),
            origin: layer.origin,
            by: by.into(),
        });
    }

    /// What nobody has said.
    fn fill(&mut self) {
        let log = LogConfig::default();
        let built_in = [
            ("listen", None),
            ("parent.address", None),
            ("parent.key", None),
            ("http.listen", None),
            ("log.filter", Some(log.filter().to_owned())),
            ("log.format", Some(log.format().to_string())),
        ];
        for (key, value) in built_in {
            if self.values.iter().all(|setting| setting.key != key) {
                let origin = Origin::Default;
                self.values.push(Setting { key: key.into(), value, origin, by: String::new() });
            }
        }
        self.values.sort_by(|a, b| a.key.cmp(&b.key));
    }
}

/// Every value that the file states, whatever keys there are.
fn of_file(file: &Config, path: &str) -> Result<Vec<Setting>, Failure> {
    let table = toml::Table::try_from(file).map_err(|error| Failure::caused(Code::Failed, &error))?;
    let mut values = Vec::new();
    flatten("", &table, &mut |key, value| {
        values.push(Setting { key, value: Some(value), origin: Origin::File, by: path.into() });
    });
    Ok(values)
}

fn flatten(section: &str, table: &toml::Table, put: &mut impl FnMut(String, String)) {
    for (key, value) in table {
        let key = if section.is_empty() { key.clone() } else { format!("{section}.{key}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, put),
            toml::Value::String(text) => put(key, text.clone()),
            other => put(key, other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const KEY: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

    fn file(more: &str) -> Config {
        let text = format!("division = \"220221\"\nroot = \"{KEY}\"\n{more}");
        Config::parse(&text, Path::new("fengsui.toml")).expect("the file reads")
    }

    fn environment(pairs: &[(&str, &str)]) -> Result<Overrides, Failure> {
        Overrides::of_environment(|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn lay(file: Config, environment: &Overrides, flags: &Overrides) -> Result<Settings, Failure> {
        Settings::lay(file, "fengsui.toml", environment, flags)
    }

    fn origin(settings: &Settings, key: &str) -> (Origin, Option<String>) {
        let setting = settings.values.iter().find(|setting| setting.key == key).expect("the key is listed");
        (setting.origin, setting.value.clone())
    }

    #[test]
    fn each_source_stands_above_the_next() {
        let stated = "[http]\nlisten = \"127.0.0.1:1\"\n";
        let variable = environment(&[("FENGSUI_HTTP", "127.0.0.1:2")]).expect("it reads");
        let flag = Overrides { http: "127.0.0.1:3".parse().ok(), ..Overrides::default() };
        let none = Overrides::default();
        for (text, environment, flags, expected, port) in [
            ("", &none, &none, Origin::Default, None),
            (stated, &none, &none, Origin::File, Some(1)),
            (stated, &variable, &none, Origin::Environment, Some(2)),
            (stated, &variable, &flag, Origin::Flag, Some(3)),
            ("", &none, &flag, Origin::Flag, Some(3)),
        ] {
            let settings = lay(file(text), environment, flags).expect("they fit");
            assert_eq!(origin(&settings, "http.listen").0, expected);
            assert_eq!(settings.config.http.map(|http| http.listen.port()), port);
        }
    }

    #[test]
    fn a_hub_above_has_an_address_and_a_key() {
        let address = Overrides { parent: Some("a:1".into()), ..Overrides::default() };
        let none = Overrides::default();
        let failure = lay(file(""), &none, &address).expect_err("no key");
        assert!(failure.code == Code::Usage && failure.message.contains("--parent-key"), "{failure}");
        let stated = format!("[parent]\naddress = \"b:2\"\nkey = \"{KEY}\"\n");
        let settings = lay(file(&stated), &none, &address).expect("the file has the key");
        assert_eq!(settings.config.parent.as_ref().map(|parent| parent.address.as_str()), Some("a:1"));
        assert_eq!(origin(&settings, "parent.key").0, Origin::File);
    }

    #[test]
    fn a_variable_that_does_not_read_is_named() {
        for (name, value) in
            [("FENGSUI_HTTP", "here"), ("FENGSUI_LOG_FORMAT", "xml"), ("FENGSUI_PARENT_KEY", "00")]
        {
            let failure = environment(&[(name, value)]).expect_err(name);
            assert!(failure.message.contains(name) && failure.message.contains(value), "{failure}");
        }
        let unset = environment(&[("FENGSUI_HTTP", "")]).expect("nothing is said");
        assert_eq!(unset, Overrides::default());
        let wrong = environment(&[("FENGSUI_LOG", "no=such=level")]).expect("any text");
        let failure = lay(file(""), &wrong, &Overrides::default()).expect_err("no such filter");
        assert!(failure.message.contains("log.filter"), "{failure}");
    }

    #[test]
    fn every_key_is_listed_once() {
        let settings = lay(file(""), &Overrides::default(), &Overrides::default()).expect("it stands alone");
        let keys: Vec<&str> = settings.values.iter().map(|setting| setting.key.as_str()).collect();
        assert_eq!(
            keys,
            [
                "division",
                "http.listen",
                "listen",
                "log.filter",
                "log.format",
                "parent.address",
                "parent.key",
                "root"
            ]
        );
    }
}

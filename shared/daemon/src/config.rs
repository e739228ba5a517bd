//! The configuration file of a station: `fengsui.toml` in its directory. Unknown keys are refused, so that a
//! misspelt one cannot be believed to be in force.

mod check;
mod mistake;
mod settings;

use std::path::Path;

use fengsui_model::DivisionCode;
use fengsui_wire::PublicKey;
use serde::{Deserialize, Serialize};

use crate::failure::{Code, Failure};
use crate::uplink::Parent;

pub use mistake::Mistake;
pub use settings::{Origin, Overrides, Setting, Settings};

/// Largest configuration file: anything longer is not one.
const BYTES_MAX: u64 = 64 * 1024;

/// What a station is told once, by `init`, and later by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Division it speaks for.
    pub division: DivisionCode,
    /// Key of the network's root, 64 hexadecimal digits. Pinned: another root is another network.
    #[serde(with = "key")]
    pub root: PublicKey,
    /// Hubs: address and UDP port to listen on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listen: Option<std::net::SocketAddr>,
    /// Hubs: address and UDP port of the enrolment door. Absent: the port after that of `listen`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enroll_listen: Option<std::net::SocketAddr>,
    /// Hubs: host, and port where it is not that of `listen`, under which the stations below find this hub. It goes into
    /// join codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The hub above. Absent: this station is the root, or works alone until it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ParentConfig>,
    /// A hub further up, to which this station turns while `parent` is down. Enrolment writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_parent: Option<ParentConfig>,
    /// Health, readiness and measurements over HTTP. Absent: no HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpConfig>,
    /// What is logged, and how. Absent: as built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<LogConfig>,
}

/// The hub above.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParentConfig {
    /// Host and UDP port.
    pub address: String,
    /// Its key, 64 hexadecimal digits.
    #[serde(with = "key")]
    pub key: PublicKey,
}

/// Where HTTP is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// Address and TCP port; loopback unless there is a reason, because nobody is asked for a password.
    pub listen: std::net::SocketAddr,
}

/// What is logged, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// Levels, as `info` or `info,quinn=warn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The form of a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<LogFormat>,
}

impl LogConfig {
    /// The levels in force. By default the libraries below speak only of trouble.
    pub fn filter(&self) -> &str {
        self.filter.as_deref().unwrap_or("info,quinn=warn,sled=warn")
    }

    /// The form in force.
    pub fn format(&self) -> LogFormat {
        self.format.unwrap_or_default()
    }
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// 给人看 (for people)
    #[default]
    Text,
    /// 每行一个 JSON 对象，给程序读 (one JSON object a line, for programs)
    Json,
}

impl std::fmt::Display for LogFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

impl std::str::FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        <Self as clap::ValueEnum>::from_str(text, false)
    }
}

impl ParentConfig {
    /// As the uplink takes it.
    pub fn parent(&self) -> Parent {
        Parent { address: self.address.clone(), key: self.key }
    }
}

impl Config {
    /// Where the enrolment door is: as configured, or one port after the hub's own. `None` for a node.
    pub fn enroll_address(&self) -> Option<std::net::SocketAddr> {
        let next = |mut listen: std::net::SocketAddr| {
            // Port 0 asks for any free one; the last port has none after it.
            let port = if listen.port() == 0 { Some(0) } else { listen.port().checked_add(1) };
            port.map(|port| {
                listen.set_port(port);
                listen
            })
        };
        self.enroll_listen.or_else(|| self.listen.and_then(next))
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// Every mistake, with its line and column.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Failure> {
        Self::examine(text).map_err(|mistakes| {
            let lines: Vec<String> = mistakes.iter().map(Mistake::to_string).collect();
            let path = path.display();
            let message = format!("配置文件 {path} 有误 (failed to read {path}):\n{}", lines.join("\n"));
            Failure::new(Code::Usage, message)
        })
    }

    /// Reads a file's text strictly.
    ///
    /// # Errors
    /// Every mistake that can be seen: the first that does not read, or else all that contradict.
    pub fn examine(text: &str) -> Result<Self, Vec<Mistake>> {
        let config: Self = toml::from_str(text).map_err(|error| vec![Mistake::read(text, &error)])?;
        let mistakes = config.mistakes(text);
        if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), or when there is none.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let failed = |error: &dyn std::fmt::Display| {
            let hint = "set the station up with init first";
            Failure::new(Code::Unavailable, format!("failed to read {}: {error}; {hint}", path.display()))
        };
        let length = std::fs::metadata(path).map_err(|error| failed(&error))?.len();
        if length > BYTES_MAX {
            return Err(Failure::new(
                Code::Usage,
                format!("failed to read {}: {length} bytes", path.display()),
            ));
        }
        Self::parse(&std::fs::read_to_string(path).map_err(|error| failed(&error))?, path)
    }
}

/// Keys as hexadecimal text.
mod key {
    use fengsui_wire::PublicKey;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(key: &PublicKey, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&key.to_string())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PublicKey, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
division = "220221100"
root = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
[parent]
address = "127.0.0.1:7460"
key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
"#;

    fn parse(text: &str) -> Result<Config, Failure> {
        Config::parse(text, Path::new("fengsui.toml"))
    }

    #[test]
    fn reads_what_it_writes() {
        let config = parse(GOOD).expect("a good file");
        assert_eq!(parse(&toml::to_string(&config).expect("it serialises")), Ok(config));
    }

    #[test]
    fn names_an_unknown_key() {
        for text in [format!("divison = \"22\"\n{GOOD}"), format!("{GOOD}port = 1\n")] {
            let failure = parse(&text).expect_err("a misspelt key");
            assert_eq!(failure.code, Code::Usage);
            assert!(
                failure.message.contains("unknown field") && failure.message.contains("fengsui.toml"),
                "{failure}"
            );
        }
    }

    #[test]
    fn refuses_values_that_do_not_read() {
        for (from, to, place) in [
            ("220221100", "2202211", "line 2, column 12"),
            ("d75a98", "x75a98", "line 6, column 7"),
            ("root = \"d75a", "root = \"", "line 3, column 8"),
            ("127.0.0.1:7460", "127.0.0.1", "line 5, column 11"),
            ("127.0.0.1:7460", "127.0.0.1:0", "line 5, column 11"),
            ("127.0.0.1:7460", "yongji.example:70000", "line 5, column 11"),
            ("[parent]", "[log]\nfilter = \"no=such=level\"\n[parent]", "line 5, column 10"),
            ("[parent]", "[log]\nformat = \"xml\"\n[parent]", "line 5, column 10"),
            ("[parent]", "[http]\nlisten = \"7480\"\n[parent]", "line 5, column 10"),
        ] {
            let failure = parse(&GOOD.replace(from, to)).expect_err(to);
            assert_eq!(failure.code, Code::Usage, "{to}");
            assert!(failure.message.contains(place), "{to}: {failure}");
        }
        let own = GOOD.replace("[parent]", "listen = \"127.0.0.1:7460\"\n[parent]");
        assert!(parse(&own).expect_err("its own parent").message.contains("own"));
        let clash =
            GOOD.replace("[parent]", "listen = \"0.0.0.0:7460\"\nenroll_listen = \"0.0.0.0:7460\"\n[parent]");
        assert!(parse(&clash).expect_err("one port for two").message.contains("line 5, column 17"));
    }

    #[test]
    fn says_which_word_is_probably_meant() {
        let failure = parse(&GOOD.replace("address", "adress")).expect_err("a misspelt key");
        assert!(failure.message.contains("是否应为“address”"), "{failure}");
        assert!(failure.message.contains("line 5, column 1"), "{failure}");
    }

    #[test]
    fn doubts_what_is_hardly_meant() {
        let doubts = |more: &str| parse(&format!("{more}{GOOD}")).expect("it reads").doubts().len();
        assert_eq!(doubts(""), 0);
        assert_eq!(doubts("listen = \"0.0.0.0:0\"\nhttp = { listen = \"0.0.0.0:7480\" }\n"), 2);
    }

    #[test]
    fn reads_the_example_files() {
        for (name, text) in [
            ("node", include_str!("../../../deploy/config/node.toml")),
            ("county", include_str!("../../../deploy/config/county.toml")),
            ("city", include_str!("../../../deploy/config/city.toml")),
            ("province", include_str!("../../../deploy/config/province.toml")),
        ] {
            parse(text).unwrap_or_else(|failure| panic!("deploy/config/{name}.toml: {failure}"));
        }
    }
}

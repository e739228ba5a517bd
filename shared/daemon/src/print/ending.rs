//! Why a connection ended, as an office reads it. The reasons themselves are English sentences of many parts of the
//! program and of the peer's; what is not known here is shown as it is.

/// The beginning of a reason, and what it means.
const KNOWN: &[(&str, &str)] = &[
    ("not connected yet", "尚未连接"),
    ("this station is going down", "本站停止"),
    ("this station goes on in a new log", "本站更换日志"),
    ("the peer says: this station is going down", "对方停止"),
    ("the peer says: this station goes on in a new log", "对方更换日志"),
    ("the peer does not read", "对方不接收"),
    ("finish the handshake with", "对方没有回应"),
    ("be admitted by the peer", "对方不接纳本站"),
    ("find key", "对方密钥不符"),
    ("look up", "查不到地址"),
    ("keep the connection: peer closed it", "对方断开"),
    ("keep the connection: timed out", "线路中断"),
    ("keep the connection: reset by peer", "对方重启"),
    ("keep the connection", "连接中断"),
    ("the place of the key has changed", "授权有变，重新连接"),
    ("bind", "本机没有可用端口"),
    ("dial", "地址不能连接"),
];

/// The reason in Chinese, with the English sentence where it says more.
pub(super) fn ending(reason: &str) -> String {
    let known = KNOWN.iter().find(|(begin, _)| reason.starts_with(begin));
    match known {
        Some((begin, zh)) if begin.len() == reason.len() => (*zh).to_owned(),
        Some((_, zh)) => format!("{zh}（{reason}）"),
        None => reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::ending;

    #[test]
    fn the_nearest_reason_is_told_and_nothing_is_hidden() {
        assert_eq!(ending("not connected yet"), "尚未连接");
        let told = ending("keep the connection: timed out");
        assert_eq!(told, "线路中断");
        let told = ending("keep the connection: peer closed it with code 0: doctor");
        assert!(told.starts_with("对方断开") && told.contains("doctor"), "{told}");
        assert_eq!(ending("something new"), "something new");
    }
}

//! How many attempts the door hears. The secret has 128 bits, so nobody guesses it; this bounds what a flood costs in
//! signatures, log lines and the station's time.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// Attempts in one minute from all addresses together: a whole province that enrols in an hour makes 16.
pub const ATTEMPTS_PER_MINUTE: u32 = 600;
/// Attempts in one minute from one address: the machines of a county's offices may all stand behind one.
pub const ATTEMPTS_PER_ADDRESS_PER_MINUTE: u32 = 120;
/// Refused attempts in one minute from one address: a clerk who tries old notes does not make so many.
pub const REFUSALS_PER_ADDRESS_PER_MINUTE: u32 = 20;
/// Addresses remembered within a minute; those beyond wait for the next.
const ADDRESSES_MAX: usize = 4_096;
const MINUTE_MS: u64 = 60_000;

/// What was heard within the running minute.
#[derive(Debug, Default)]
pub struct Pace {
    since_ms: u64,
    attempts: u32,
    addresses: BTreeMap<IpAddr, (u32, u32)>,
}

impl Pace {
    /// Whether an attempt from `from` is heard now, in steady milliseconds.
    pub fn hears(&mut self, from: IpAddr, now_ms: u64) -> bool {
        if now_ms >= self.since_ms + MINUTE_MS {
            *self = Self { since_ms: now_ms, ..Self::default() };
        }
        if self.attempts >= ATTEMPTS_PER_MINUTE {
            return false;
        }
        if self.addresses.len() >= ADDRESSES_MAX && !self.addresses.contains_key(&from) {
            return false;
        }
        let (attempts, refusals) = self.addresses.entry(from).or_default();
        if *attempts >= ATTEMPTS_PER_ADDRESS_PER_MINUTE || *refusals >= REFUSALS_PER_ADDRESS_PER_MINUTE {
            return false;
        }
        *attempts += 1;
        self.attempts += 1;
        true
    }

    /// The attempt just heard from `from` was refused.
    pub fn refused(&mut self, from: IpAddr) {
        if let Some((_, refusals)) = self.addresses.get_mut(&from) {
            *refusals += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u32) -> IpAddr {
        IpAddr::from(last.to_be_bytes())
    }

    #[test]
    fn who_is_refused_often_is_not_heard_for_a_minute_and_others_are() {
        let mut pace = Pace::default();
        for _ in 0..REFUSALS_PER_ADDRESS_PER_MINUTE {
            assert!(pace.hears(address(1), 5));
            pace.refused(address(1));
        }
        assert!(!pace.hears(address(1), 59_999) && pace.hears(address(2), 59_999));
        assert!(pace.hears(address(1), 60_000));
    }

    #[test]
    fn an_address_and_all_together_have_a_bound() {
        let mut pace = Pace::default();
        let heard = (0..1_000).filter(|_| pace.hears(address(1), 0)).count();
        assert_eq!(heard, ATTEMPTS_PER_ADDRESS_PER_MINUTE as usize);
        let others = (2..2_000).filter(|last| pace.hears(address(*last), 0)).count();
        assert_eq!(heard + others, ATTEMPTS_PER_MINUTE as usize);
    }
}

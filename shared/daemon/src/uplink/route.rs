//! Where to dial: the hub that was configured, or where the appointments say that it has gone since.

use fengsui_protocol::Registry;
use fengsui_wire::PublicKey;

use super::Parent;

/// Hubs that followed one another in one place, at most; more is a circle that somebody has signed.
const SUCCESSORS_MAX: usize = 16;

/// Where to dial at this try, counted from 0. A hub that was replaced is found by its successor's appointment, one that
/// has moved by its own; every other try goes where the configuration says, since an appointment can be older than it.
pub(super) fn next(registry: &Registry, configured: &Parent, attempt: u32) -> Parent {
    let key = successor(registry, configured.key);
    let said = registry.standing(&key).and_then(|hub| hub.address.clone());
    match said {
        Some(address) if key != configured.key || attempt.is_multiple_of(2) => Parent { address, key },
        _ => configured.clone(),
    }
}

/// The last of those that took this key's place and can be found.
fn successor(registry: &Registry, key: PublicKey) -> PublicKey {
    let mut found = key;
    for _ in 0..SUCCESSORS_MAX {
        let next = registry.former(&found).and_then(|former| former.revocation.successor);
        match next.filter(|next| registry.place(next).is_some_and(|hub| hub.address.is_some())) {
            Some(next) => found = next,
            None => break,
        }
    }
    found
}

//! Where to dial: the hub that was configured, or where the appointments say that it has gone since.

use fengsui_protocol::Registry;
use fengsui_wire::PublicKey;

use super::Parent;

/// Hubs that followed one another in one place, at most; more is a circle that somebody has signed.
const SUCCESSORS_MAX: usize = 16;

/// Where to dial at this try, counted from 0. A hub that was replaced is found by its successor's appointment, one that
/// has moved by its own; every other try goes where the configuration says, since an appointment can be older than it. While
/// a hub rotates its key, every other try expects the new one.
pub(super) fn next(registry: &Registry, configured: &Parent, attempt: u32) -> Parent {
    let (last, elsewhere) = successor(registry, configured.key);
    let (key, turn) = match registry.heirs_of(last).next() {
        None => (last, attempt),
        Some(heir) if attempt % 2 == 1 => (heir.standing.key, attempt / 2),
        Some(_) => (last, attempt / 2),
    };
    let said = registry.standing(&key).and_then(|hub| hub.address.clone());
    match said {
        Some(address) if elsewhere || turn.is_multiple_of(2) => Parent { address, key },
        _ => Parent { address: configured.address.clone(), key },
    }
}

/// The last of those that took this key's place and can be found, and whether another machine is among them: then the
/// configured address is of no use.
fn successor(registry: &Registry, key: PublicKey) -> (PublicKey, bool) {
    let (mut found, mut elsewhere) = (key, false);
    for _ in 0..SUCCESSORS_MAX {
        let Some(former) = registry.former(&found) else { break };
        let Some(next) = former.revocation.successor else { break };
        // A rotated key is that of the same machine; another machine is found by its address only.
        let same = former.is_rotated();
        if !registry.place(&next).is_some_and(|hub| same || hub.address.is_some()) {
            break;
        }
        elsewhere |= !same;
        found = next;
    }
    (found, elsewhere)
}

//! Which logs and which bodies go which way.

use fengsui_model::{DivisionCode, Level};
use fengsui_wire::{Header, LogName, PublicKey, Role};

use crate::registry::Registry;

/// Which end of a connection this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The child's end: reports climb, standards and receipts come down.
    Uplink,
    /// The parent's end.
    Downlink,
}

/// Whether a log is taken from the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    Yes,
    /// Its writer is not appointed as far as is known: the peer keeps it until asked.
    NotYet,
    /// It has no business on this connection.
    No,
}

/// Both ends' places in the hierarchy.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// Which end this is.
    pub side: Side,
    /// Own log in use.
    pub own: LogName,
    /// Own division.
    pub division: DivisionCode,
    /// The peer's key, proved by the connection.
    pub peer: PublicKey,
}

impl Scope {
    /// Division of the child on this connection, as far as appointments tell.
    fn child(&self, registry: &Registry) -> Option<DivisionCode> {
        match self.side {
            Side::Uplink => Some(self.division),
            Side::Downlink => registry.standing(&self.peer).map(|standing| standing.division),
        }
    }

    /// Whether this end sends the log when the peer lacks entries of it. A peer that was set back also gets its own
    /// log: its history, and the proof that it must go on in a new incarnation.
    pub fn offers(&self, registry: &Registry, name: &LogName) -> bool {
        // Earlier incarnations of this station too: what was receipted of them is not logged again, and a peer that came
        // later, or was set back itself, has it from nobody else.
        name.key == self.own.key
            || name.key == self.peer
            || self.child(registry).is_some_and(|child| match self.side {
                Side::Uplink => registry.is_within(&name.key, child),
                // What former keys of the child's own division wrote is its history: a machine that replaces a lost one
                // has it from nobody else.
                Side::Downlink => {
                    registry.is_above(&name.key, child) || registry.is_former_of(&name.key, child)
                }
            })
    }

    pub(crate) fn takes(&self, registry: &Registry, name: &LogName) -> Takes {
        if name.key == self.own.key || (self.side == Side::Uplink && name.key == registry.root()) {
            return Takes::Yes;
        }
        let Some(author) = registry.place(&name.key) else { return Takes::NotYet };
        if !matches!(author.role, Role::Node | Role::Hub) {
            // A person's key signs what a station logs; it has no log.
            return Takes::No;
        }
        if self.side == Side::Uplink && author.division == self.division {
            // A key that spoke for this division before: its revocation may still be on its way here.
            return if registry.former(&name.key).is_some() { Takes::Yes } else { Takes::NotYet };
        }
        let inside = self.child(registry).is_some_and(|child| match self.side {
            Side::Uplink => registry.is_above(&name.key, child),
            Side::Downlink => registry.is_within(&name.key, child),
        });
        if inside { Takes::Yes } else { Takes::No }
    }

    /// Whether the body may travel to the peer. Up: to the reach in the header. Down: to the addressee and all below it,
    /// and through the hubs on the way to the addressee.
    pub fn carries_body(&self, registry: &Registry, name: &LogName, header: &Header) -> bool {
        let history = self.side == Side::Downlink
            && self.child(registry).is_some_and(|child| registry.is_former_of(&name.key, child));
        if name.key == self.peer || history {
            return true;
        }
        match self.side {
            Side::Uplink => {
                registry.standing(&self.peer).is_some_and(|peer| peer.level <= header.draft.reach)
            }
            Side::Downlink => match (header.draft.addressee, self.child(registry), registry.directory()) {
                (Some(to), Some(child), Some(directory)) => {
                    directory.is_within(child, to) || directory.is_within(to, child)
                }
                (Some(to), Some(child), None) => to == child,
                _ => false,
            },
        }
    }

    /// Whether this end may hold the body of an entry that the peer sends: what may not travel here is dropped before it
    /// is verified, whoever sent it.
    pub fn holds_body(&self, registry: &Registry, name: &LogName, header: &Header) -> bool {
        may_hold_body(registry, self.division, self.own.key, name, header)
    }

    /// Whether logs of `key` may travel on this connection, either way.
    pub(crate) fn concerns(&self, registry: &Registry, key: &PublicKey) -> bool {
        self.child(registry)
            .is_some_and(|child| registry.is_within(key, child) || registry.is_above(key, child))
    }

    /// Whether receipts for entries by `author` go down this connection.
    pub(crate) fn is_childs(&self, registry: &Registry, author: &PublicKey) -> bool {
        match self.side {
            Side::Uplink => *author == self.own.key || registry.is_within(author, self.division),
            Side::Downlink => {
                *author == self.peer
                    || self.child(registry).is_some_and(|child| registry.is_within(author, child))
            }
        }
    }
}

/// Whether the station of `own` for `division` may hold the body of an entry of `name`: from below as far as its reach,
/// from above where it is addressed to, below or through this division.
pub fn may_hold_body(
    registry: &Registry,
    division: DivisionCode,
    own: PublicKey,
    name: &LogName,
    header: &Header,
) -> bool {
    if name.key == own || registry.is_former_of(&name.key, division) {
        return true;
    }
    if registry.is_within(&name.key, division) {
        let level = registry.standing(&own).map_or(Level::Province, |own| own.level);
        return level <= header.draft.reach;
    }
    match (header.draft.addressee, registry.directory()) {
        (Some(to), Some(directory)) => directory.is_within(division, to) || directory.is_within(to, division),
        // Before the directory is here nobody can tell; the root's first entries bring it.
        (to, None) => to.is_some(),
        (None, _) => false,
    }
}

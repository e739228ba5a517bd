//! What must be so once all faults have ended: everything has arrived everywhere it should.

use fengsui_daemon::index;
use fengsui_daemon::station::Station;
use fengsui_model::Form;
use fengsui_wire::Lane;

use super::{Oracle, Said, SaidKey, read};
use crate::story::Violation;

/// What is still to come, in words; an error is a violation that waiting cannot mend.
type StillToCome = Result<Option<String>, Violation>;

impl Oracle {
    /// Whether everything has arrived: reports and receipted entries at every hub above their author, receipts of all
    /// of them with the author, answers to what does not count, reviews at the division they speak of, and the same
    /// directory everywhere.
    ///
    /// # Errors
    /// When a store cannot be read.
    pub fn arrived(&self, stations: &[(usize, &Station)]) -> StillToCome {
        if stations.len() < self.shape.places.len() {
            return Ok(Some("a station is off".into()));
        }
        for (place, station) in stations.iter().filter(|(place, _)| self.is_honest(*place)) {
            for above in self.shape.above(*place) {
                if let Some(missing) = self.log_arrived(*place, station, above, stations[above].1) {
                    return Ok(Some(missing));
                }
            }
            let (version, newest) =
                (station.registry().directory_version(), stations[0].1.registry().directory_version());
            // What a root issued on a branch that it lost stays in force where it arrived: directories only go forward.
            if version < newest || version > newest && !self.put_back.contains(&0) {
                let name = self.shape.name(*place);
                return Ok(Some(format!("{name} has directory {version}, {newest} is in force")));
            }
        }
        for (key, said) in self.said.iter().filter(|((author, _), _)| self.is_honest(*author)) {
            if let Some(missing) = self.report_arrived(key, said, stations)? {
                return Ok(Some(missing));
            }
        }
        Ok(self.receipted_arrived().or_else(|| self.review_missing()))
    }

    fn log_arrived(&self, place: usize, station: &Station, above: usize, hub: &Station) -> Option<String> {
        let (name, signer) = (station.own(), hub.own().key);
        let log = name.id(self.network);
        for lane in Lane::ALL {
            let (own, held) =
                (station.store().durable_head(log, *lane), hub.store().durable_head(log, *lane));
            if own != held {
                let (author, hub) = (self.shape.name(place), self.shape.name(above));
                return Some(format!(
                    "{hub} holds {} of {} {lane:?} entries of {author}",
                    held.next, own.next
                ));
            }
            let receipts = station.store().receipt_heads();
            let line = |(of, on, by, _): &&(_, _, _, u64)| *of == log && on == lane && *by == signer;
            let covered = receipts.iter().find(line).map_or(0, |(.., next)| *next);
            if covered < own.next {
                let (author, hub) = (self.shape.name(place), self.shape.name(above));
                return Some(format!(
                    "{author} has receipts of {hub} for {covered} of {} {lane:?} entries",
                    own.next
                ));
            }
        }
        None
    }

    /// A report that was saved, and not lost with the only disk that held it, counts at every hub above; one that may
    /// be lost is held by all of them or by none.
    fn report_arrived(&self, key: &SaidKey, said: &Said, stations: &[(usize, &Station)]) -> StillToCome {
        let above = self.shape.above(key.0);
        let holds = |hub: &&usize| self.views[**hub].reports.contains(key);
        let held = above.iter().filter(holds).count();
        if held == 0 && (said.lost || !said.saved) {
            return Ok(None);
        }
        if held < above.len() {
            let author = self.shape.name(key.0);
            return Ok(Some(format!(
                "{held} of {} hubs hold revision {} of {author}",
                above.len(),
                said.revision
            )));
        }
        match above.first() {
            Some(hub) if !said.sound => self.is_answered(key, said, *hub, stations),
            _ => Ok(None),
        }
    }

    fn is_answered(
        &self,
        key: &SaidKey,
        said: &Said,
        hub: usize,
        stations: &[(usize, &Station)],
    ) -> StillToCome {
        let store = stations[hub].1.store();
        let revisions = read(index::revisions(store, Form::quick().id, said.event, Some(said.division)))?;
        for revision in revisions.iter().filter(|revision| revision.body == key.1) {
            if !read(index::answers(store, &revision.position))?.is_empty() {
                return Ok(None);
            }
        }
        let author = self.shape.name(key.0);
        Ok(Some(format!("revision {} of {author} does not count and is not answered", said.revision)))
    }

    fn receipted_arrived(&self) -> Option<String> {
        for (hash, author) in &self.receipted {
            for above in self.shape.above(*author) {
                if self.is_hub(above) && !self.views[above].entries.contains(hash) {
                    let (author, hub) = (self.shape.name(*author), self.shape.name(above));
                    return Some(format!("{hub} lacks receipted entry {hash} of {author}"));
                }
            }
        }
        None
    }
}

//! The key that is to take the place of the station's own: `station.key.next`, there for as long as a rotation lasts.
//!
//! It is on the disk before anybody hears of it. At every moment the directory holds the key that the network expects: a
//! power cut leaves either the old file and the new one, or the new one in the place of the old.

use std::path::PathBuf;

use fengsui_wire::StationKey;

use super::{Home, draw_key, read_key, write_key};
use crate::failure::{Code, Failure};

impl Home {
    /// The file of the key that is to be the station's own.
    pub fn next_key_path(&self) -> PathBuf {
        self.dir.join("station.key.next")
    }

    /// The next key. `None`: no rotation is under way.
    ///
    /// # Errors
    /// When it is there and does not read.
    pub fn next_key(&self) -> Result<Option<StationKey>, Failure> {
        let path = self.next_key_path();
        if path.exists() { read_key(&path).map(Some) } else { Ok(None) }
    }

    /// The next key, durably kept; drawn where there is none.
    ///
    /// # Errors
    /// When it cannot be kept, or one is there and does not read.
    pub fn make_next_key(&self) -> Result<StationKey, Failure> {
        if let Some(key) = self.next_key()? {
            return Ok(key);
        }
        let (path, partial) = (self.next_key_path(), self.dir.join("station.key.partial"));
        let key = draw_key()?;
        self.replace(&key, &partial, &path)?;
        Ok(key)
    }

    /// Puts the next key in the place of the station's own, which is gone from then on. Nothing where there is no next key.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub fn take_next_key(&self) -> Result<(), Failure> {
        let (next, own) = (self.next_key_path(), self.key_path());
        if !next.exists() {
            return Ok(());
        }
        let renamed = std::fs::rename(&next, &own).and_then(|()| crate::bundle::sync_parent(&own));
        renamed.map_err(|error| failed(&own, &error))
    }

    fn replace(&self, key: &StationKey, partial: &PathBuf, path: &PathBuf) -> Result<(), Failure> {
        let written = write_key(partial, key)
            .and_then(|()| std::fs::rename(partial, path))
            .and_then(|()| crate::bundle::sync_parent(path));
        written.map_err(|error| failed(path, &error))
    }
}

fn failed(path: &std::path::Path, error: &std::io::Error) -> Failure {
    Failure::new(Code::Unavailable, format!("failed to write {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::home::Network;

    #[test]
    fn the_next_key_is_drawn_once_and_takes_the_place_of_the_own() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let home = Home::new(dir.path().join("station"));
        let division = "220221100".parse().expect("a division code");
        let root = StationKey::from_seed(&[1; 32]).public();
        let own = home.init(division, &Network::Root(root), None, None).expect("set up");
        assert!(home.next_key().expect("read").is_none());
        home.take_next_key().expect("nothing to do");

        let next = home.make_next_key().expect("drawn").public();
        assert_eq!(home.make_next_key().expect("kept").public(), next);
        assert_eq!(home.identity().expect("read").key.public(), own);
        home.take_next_key().expect("renamed");
        assert_eq!(home.identity().expect("read").key.public(), next);
        assert!(home.next_key().expect("read").is_none());

        std::fs::write(home.next_key_path(), "cut off").expect("write");
        assert!(home.make_next_key().is_err(), "what may have been vouched for is not overwritten");
    }
}

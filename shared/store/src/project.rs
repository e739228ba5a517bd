//! Views that are computed from the facts and kept beside them.

use crate::engine::Batch;
use crate::error::StoreError;
use crate::fact::Fact;
use crate::view::View;

/// Turns facts into whatever a reader wants to find quickly. What it writes can be thrown away and computed again.
pub trait Projector: Send {
    /// Number of the rules. When it differs from the one the projections were made by, they are dropped and every fact
    /// of the journal is projected again.
    fn version(&self) -> u32;

    /// Adds what `fact` changes to `batch`, in [`Space::Projection`](crate::Space::Projection) only. The result must
    /// follow from the fact and from earlier projections alone: when projections are rebuilt, the other spaces that
    /// `view` shows already hold what later facts brought.
    ///
    /// # Errors
    /// [`StoreError`] of a read. A fact whose *content* is wrong is not an error: it changes nothing.
    fn project(&mut self, fact: &Fact, view: &View<'_>, batch: &mut Batch) -> Result<(), StoreError>;
}

/// Projects nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProjection;

impl Projector for NoProjection {
    fn version(&self) -> u32 {
        1
    }

    fn project(&mut self, _: &Fact, _: &View<'_>, _: &mut Batch) -> Result<(), StoreError> {
        Ok(())
    }
}

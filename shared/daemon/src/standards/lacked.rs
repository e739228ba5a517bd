//! Reports that were signed without all the standards that there were. It marks them; it never stops one.

use fengsui_wire::{Flags, Header, Reason};

use super::Standards;

/// Id of the mark.
pub const LACKED: &str = "STANDARDS";

/// What the author of an entry did not have when it signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lacked {
    /// Versions that the root had signed by then, by both clocks.
    pub issued: u32,
    /// Versions that the author held, as its header says.
    pub held: u32,
}

impl Standards {
    /// What the author of `header` lacked. `None`: nothing, or its clock could not be right.
    pub fn lacked(&self, header: &Header) -> Option<Lacked> {
        let signed_ms = header.draft.clock_ms;
        let versions = self.0.values().flat_map(|versions| versions.values());
        let issued = versions.filter(|issued| issued.signed_ms <= signed_ms).count();
        let lacked =
            Lacked { issued: u32::try_from(issued).unwrap_or(u32::MAX), held: header.draft.standards };
        (!header.draft.flags.has(Flags::CLOCK_UNSURE) && lacked.held < lacked.issued).then_some(lacked)
    }
}

impl Lacked {
    /// The mark, in both languages.
    pub fn note(self) -> Reason {
        let Self { issued, held } = self;
        Reason {
            check: LACKED.into(),
            zh: format!("标准版本旧：签署时省级已发布 {issued} 个标准版本，填报站收到 {held} 个；照常计入"),
            en: format!(
                "signed with {held} of the {issued} versions of standards issued by then; it counts all the same"
            ),
        }
    }
}

//! Signing targets, inspections and consultations.

use std::collections::BTreeMap;
use std::sync::Arc;

use fengsui_model::consultation::ConsultationError;
use fengsui_model::inspection::{InspectionError, Sample};
use fengsui_model::submission::{Cell, Cited};
use fengsui_model::target::TargetsError;
use fengsui_model::{Consultation, Date, Directory, DivisionCode, Figure, Inspection, Targets};
use fengsui_protocol::Now;
use fengsui_store::StoreError;
use fengsui_wire::{Kind, Lane, Role, Verified, consultation_body, inspection_body, targets_body};

use super::author::down;
use super::{Station, StationError, Writing};
use crate::reckon;
use crate::records::{self, Says, reported};
use crate::topic::Topic;

/// Why nothing is recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// This station is no hub, nobody has appointed it, or there is no directory yet.
    #[error("record it: this station is not appointed as a hub, or there is no directory yet")]
    NotAHub,
    /// The division is not below, nor the own.
    #[error("record it for {division}: it is not within {own}")]
    Outside {
        /// As asked.
        division: DivisionCode,
        /// Of this hub.
        own: DivisionCode,
    },
    /// There is nothing to agree on: nobody has reported the figure, or it does not add up.
    #[error("record an agreement: there is no own total of that figure")]
    NoTotal,
    /// More divisions than one entry holds.
    #[error("record it: it has {0} bytes, at most {max} are allowed", max = Kind::Consultation.body_bytes_max())]
    TooLong(usize),
    /// A day that has not come.
    #[error("record an inspection on {0}: that day has not come")]
    Future(Date),
    /// Targets that cannot be.
    #[error(transparent)]
    Targets(#[from] TargetsError),
    /// An inspection that says nothing.
    #[error(transparent)]
    Inspection(#[from] InspectionError),
    /// A consultation that agrees on nothing.
    #[error(transparent)]
    Consultation(#[from] ConsultationError),
    /// The store's word.
    #[error(transparent)]
    Station(#[from] StationError),
}

impl From<StoreError> for RecordError {
    fn from(error: StoreError) -> Self {
        Self::Station(error.into())
    }
}

/// One place and figure that was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Where.
    pub division: DivisionCode,
    /// In one village of it.
    pub village: Option<String>,
    /// Which figure.
    pub indicator: u32,
    /// What was found.
    pub found: Figure,
}

/// What was agreed with another office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Which figure.
    pub indicator: u32,
    /// The other office.
    pub office: String,
    /// Its figure.
    pub theirs: i64,
    /// The one that both agree on.
    pub agreed: i64,
    /// Why they differ.
    pub reason: Option<String>,
}

impl Station {
    /// Signs `all`, each under the next number of this office on its subject, and sends them down.
    ///
    /// # Errors
    /// Why not; nothing is signed then.
    pub fn issue_targets(
        &mut self,
        mut all: Vec<Targets>,
        document: &str,
        now: Now,
    ) -> Result<Vec<Verified>, RecordError> {
        let (own, directory) = self.office()?;
        for targets in &mut all {
            let topic = Topic::newest(self.registry.catalogues(), targets.form, targets.subject);
            let topic = topic.ok_or(TargetsError::Indicator(0))?;
            targets.number = self.next_record::<Targets>(&topic, own)?;
            document.trim().clone_into(&mut targets.document);
            targets.check()?;
            targets.check_scope(&topic.form, &directory)?;
        }
        let written = |targets: &Targets| down(Kind::Target, Lane::Routine, own, targets_body(targets));
        let writings: Vec<Writing> = all.iter().map(written).collect();
        writings.into_iter().map(|writing| Ok(self.write(writing, now)?)).collect()
    }

    /// Signs what was counted on the ground on `date`, beside what stands reported now.
    ///
    /// # Errors
    /// Why not; nothing is signed then.
    pub fn record_inspection(
        &mut self,
        topic: &Topic,
        date: Date,
        counted: &[Counted],
        finding: Option<String>,
        now: Now,
    ) -> Result<Verified, RecordError> {
        let (own, directory) = self.office()?;
        if crate::standards::day(now.wall_ms).is_some_and(|today| date > today) {
            return Err(RecordError::Future(date));
        }
        let mut samples = Vec::with_capacity(counted.len());
        for of in counted {
            if !directory.is_within(of.division, own) {
                return Err(RecordError::Outside { division: of.division, own });
            }
            let standing = reckon::standing(&self.store, &self.registry, topic, of.division)?;
            let stated =
                |judged: &reckon::Judged| reported(&judged.report, of.village.as_deref(), of.indicator);
            samples.push(Sample {
                division: of.division,
                village: of.village.clone(),
                indicator: of.indicator,
                reported: standing.as_ref().map(stated).unwrap_or_default(),
                found: of.found,
                report: standing.as_ref().map(|judged| judged.revision.body.0),
            });
        }
        samples.sort_by(|a, b| {
            (a.division, &a.village, a.indicator).cmp(&(b.division, &b.village, b.indicator))
        });
        let number = self.next_record::<Inspection>(topic, own)?;
        let (form, subject) = (topic.form.id, topic.subject);
        let inspection = Inspection { form, division: own, subject, number, date, samples, finding };
        inspection.check()?;
        // One township's business is told to that township; a round of several goes up only.
        let first = inspection.samples.first().map(|sample| sample.division);
        let only = inspection.samples.iter().all(|sample| Some(sample.division) == first);
        let addressee = first.filter(|_| only);
        let body = inspection_body(&inspection);
        Ok(self.write(Writing { addressee, ..down(Kind::Inspection, Lane::Routine, own, body) }, now)?)
    }

    /// Signs what was agreed with another office, beside the own `total` as it stood at that moment (milliseconds since
    /// 1970 UTC) and the reports it comes from.
    ///
    /// # Errors
    /// Why not; nothing is signed then.
    pub fn record_consultation(
        &mut self,
        topic: &Topic,
        agreed: Agreed,
        (as_of_ms, total): (i64, &reckon::Total),
        now: Now,
    ) -> Result<Verified, RecordError> {
        let (own, _) = self.office()?;
        let cell = total.rollup.total(agreed.indicator).map(Cell::from).ok_or(RecordError::NoTotal)?;
        if cell == (Cell { value: None, at_least: false }) {
            return Err(RecordError::NoTotal);
        }
        let cited = |judged: &reckon::Judged| Cited {
            division: judged.report.division,
            revision: judged.report.revision,
            body: judged.revision.body.0,
            filed_by: judged.filed_by,
        };
        let counted: BTreeMap<DivisionCode, Cited> =
            total.standing.iter().map(|judged| (judged.report.division, cited(judged))).collect();
        let consultation = Consultation {
            form: topic.form.id,
            division: own,
            subject: topic.subject,
            number: self.next_record::<Consultation>(topic, own)?,
            indicator: agreed.indicator,
            as_of_ms,
            own: cell,
            counted: counted.into_values().collect(),
            office: agreed.office.trim().to_owned(),
            theirs: agreed.theirs,
            agreed: agreed.agreed,
            reason: agreed.reason,
        };
        consultation.check()?;
        let body = consultation_body(&consultation);
        if body.len() > Kind::Consultation.body_bytes_max() {
            return Err(RecordError::TooLong(body.len()));
        }
        // Those below have no use for it: their own figures stand as they are.
        Ok(self
            .write(Writing { addressee: None, ..down(Kind::Consultation, Lane::Routine, own, body) }, now)?)
    }

    /// For which division this hub speaks.
    fn office(&self) -> Result<(DivisionCode, Arc<Directory>), RecordError> {
        let hub = self.registry.standing(&self.own().key).filter(|own| own.role == Role::Hub);
        let directory = self.registry.directory().map(Arc::clone);
        hub.map(|hub| hub.division).zip(directory).ok_or(RecordError::NotAHub)
    }

    /// The number after those of this office on the subject.
    fn next_record<T: Says>(&self, topic: &Topic, own: DivisionCode) -> Result<u32, RecordError> {
        let all = records::all::<T>(&self.store, &self.registry, topic)?;
        let own = all.iter().filter(|record| record.says.division() == own);
        Ok(own.map(|record| record.says.number()).max().unwrap_or(0).saturating_add(1))
    }
}

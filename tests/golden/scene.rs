//! What the golden files say: a province, a county hub and a township station after a flood, built from fixed seeds.
//! Signatures are deterministic, so the same scene is the same bytes on every machine.

use std::collections::BTreeMap;

use fengsui_model::{Directory, DivisionCode, EventKey, Figure, Level, Report, Stage};
use fengsui_wire::{
    Answer, Appointment, Batch, Body, BundleWriter, Carried, Draft, Envelope, Evidence, Flags, Genesis, Hash,
    Have, Head, Hello, Holds, Incarnation, Kind, Lane, LogHead, LogName, Message, NetworkId,
    PROTOCOL_VERSION, Position, Reason, Receipt, ReceiptHead, Role, Sealed, Signature, Statement, StationKey,
    Value, Wrapped, adoption_body, answer_body, appointment_body, catalogue_body, consultation_body,
    directory_body, genesis_body, inspection_body, merge_body, proxy_body, report_body, report_id,
    review_body, revocation_body, rotation_body, stability_body, standard_body, submission_body,
    targets_body, withdrawal_body,
};

/// 21 November 2026, 08:00 in Jilin.
pub const MORNING_MS: i64 = 1_795_219_200_000;

const DIVISIONS: &str = "\
code,name,level,parent,kind,villages
22,吉林省,province,,省,0
2202,吉林市,city,22,地级市,0
220221,永吉县,county,2202,县,0
220221100,口前镇,township,220221,镇,21
220221101,双河镇,township,220221,镇,11
";

/// Places in [`Scene::entries`].
const TOWN_URGENT: std::ops::Range<usize> = 5..10;
const FIRST_REPORT: usize = 6;
const SECOND_REPORT: usize = 7;

/// One entry of the scene and what it should be read as.
pub struct Told {
    pub name: LogName,
    pub envelope: Envelope,
    /// `None`: the body stays below, only the header travels.
    pub body: Option<Vec<u8>>,
    /// As the author meant it; `None` where there is no body.
    pub says: Option<Statement>,
}

/// A station that writes.
pub struct Station {
    pub key: StationKey,
    pub name: LogName,
    pub division: DivisionCode,
    pub heads: BTreeMap<Lane, Head>,
    boot: u32,
}

/// All entries in the order of writing, and the receipts.
pub struct Scene {
    pub root: StationKey,
    pub entries: Vec<Told>,
    pub receipts: Vec<Receipt>,
}

pub fn division(code: u64) -> DivisionCode {
    DivisionCode::new(code).expect("a code of the scene")
}

fn event() -> EventKey {
    "20261121-220221-flood".parse().expect("an event of the scene")
}

impl Station {
    pub fn new(seed: u8, life: u8, code: u64) -> Self {
        let key = StationKey::from_seed(&[seed; 32]);
        let name = LogName { key: key.public(), incarnation: Incarnation([life; 16]) };
        Self { key, name, division: division(code), heads: BTreeMap::new(), boot: u32::from(life) << 16 }
    }

    pub fn genesis(&self, continues: Option<LogName>, network: NetworkId) -> Statement {
        let continues = continues.map(|name| name.id(network));
        Statement::Genesis(Genesis { name: self.name, division: self.division, continues })
    }

    pub fn draft(&self, kind: Kind, lane: Lane) -> Draft {
        let written: u64 = self.heads.values().map(|head| head.next).sum();
        let minutes = written as u32 * 60;
        Draft {
            kind,
            lane,
            flags: Flags::default(),
            reach: Level::Province,
            addressee: Some(self.division),
            standards: 0,
            directory: 1,
            clock_ms: MORNING_MS + i64::from(minutes) * 1000,
            boot: self.boot,
            uptime_s: 300 + minutes,
        }
    }
}

impl Scene {
    pub fn network(&self) -> NetworkId {
        NetworkId::of_root(&self.root.public())
    }

    pub fn build() -> Self {
        let mut scene =
            Self { root: StationKey::from_seed(&[1; 32]), entries: Vec::new(), receipts: Vec::new() };
        let mut province = Station::new(1, 0x11, 22);
        let mut county = Station::new(2, 0x22, 220_221);
        let mut town = Station::new(3, 0x33, 220_221_100);
        scene.set_up(&mut province, &mut county, &town);
        scene.report_flood(&mut town);
        scene.keep_ledgers(&mut town);
        scene.answer(&mut county);
        scene.start_again(&town);
        scene.receive(&province, &county, &town);
        scene
    }

    pub fn set_up(&mut self, province: &mut Station, county: &mut Station, town: &Station) {
        let network = self.network();
        let directory = Directory::from_csv(DIVISIONS, 1).expect("the scene's divisions are a tree");
        let hub = Appointment {
            key: county.name.key,
            division: county.division,
            role: Role::Hub,
            from_ms: MORNING_MS,
            until_ms: None,
            address: Some("hub.yongji.example:4433".into()),
            second_parent: Some(province.name.key),
            post: None,
        };
        let node = Appointment {
            key: town.name.key,
            division: town.division,
            role: Role::Node,
            from_ms: MORNING_MS,
            until_ms: Some(MORNING_MS + 365 * 86_400_000),
            address: None,
            second_parent: None,
            post: None,
        };
        self.urgent(province, province.genesis(None, network));
        self.urgent(province, Statement::Directory(Box::new(directory)));
        self.urgent(province, Statement::Appointment(hub));
        self.urgent(county, county.genesis(None, network));
        self.urgent(county, Statement::Appointment(node));
    }

    fn report_flood(&mut self, town: &mut Station) {
        self.urgent(town, town.genesis(None, self.network()));
        self.urgent(town, Statement::Report(Box::new(first_report())));
        let first = self.entries.last().map(|told| told.envelope.hash());
        self.urgent(town, Statement::Report(Box::new(second_report(first))));
        self.urgent(town, Statement::Report(Box::new(zero_report())));
        let later = "20261122-220221-flood".parse().expect("an event of the scene");
        let drill = Report { drill: true, subject: later, ..zero_report() };
        let flags = Flags::DRILL.with(Flags::CLOCK_UNSURE).with(Flags::STANDARDS_STALE);
        let draft = Draft { flags, addressee: None, ..town.draft(Kind::Report, Lane::Urgent) };
        self.write(town, draft, Some(Statement::Report(Box::new(drill))), None);
    }

    /// Two entries of a kind that today's software keeps and does not read: one with a sealed body, one whose body
    /// stays below.
    fn keep_ledgers(&mut self, town: &mut Station) {
        let sealed = Sealed {
            suite: 1,
            wrapped: vec![
                Wrapped { division: 220_221, key: vec![0xab; 40] },
                Wrapped { division: 2202, key: vec![] },
            ],
            ciphertext: (0..=99).collect(),
        };
        let mut ledger = Body { sealed: Some(sealed), ..Body::default() };
        ledger.push(1, Value::Bytes(vec![]));
        ledger.push(2, Value::Text(String::new()));
        ledger.push(3, Value::Text("八字ab".into()));
        ledger.push(4, Value::Text("x".repeat(300)));
        ledger.push(5, Value::Integer(i64::MIN));
        let draft =
            Draft { flags: Flags::SEALED, reach: Level::County, ..town.draft(Kind::Ledger, Lane::Routine) };
        self.write(town, draft, Some(Statement::Later(Kind::Ledger)), Some(ledger.to_bytes()));
        let draft = Draft { reach: Level::Township, ..town.draft(Kind::Ledger, Lane::Routine) };
        self.write(town, draft, None, Some(Body::default().to_bytes()));
    }

    fn answer(&mut self, county: &mut Station) {
        let second = &self.entries[SECOND_REPORT];
        let answer = Answer {
            position: second.envelope.header().position(),
            entry: second.envelope.hash(),
            reasons: vec![Reason {
                check: "LR07".into(),
                zh: "紧急转移安置人口少于上一报".into(),
                en: "fewer people relocated than in the report before".into(),
            }],
        };
        let draft =
            Draft { addressee: Some(division(220_221_100)), ..county.draft(Kind::Answer, Lane::Routine) };
        self.write(county, draft, Some(Statement::Answer(answer)), None);
    }

    /// The township's disk was replaced: a new incarnation, and the first report logged again.
    fn start_again(&mut self, before: &Station) {
        let mut town = Station::new(3, 0x34, 220_221_100);
        let genesis = town.genesis(Some(before.name), self.network());
        self.urgent(&mut town, genesis);
        let draft = Draft { flags: Flags::RELOGGED, ..town.draft(Kind::Report, Lane::Urgent) };
        self.write(&mut town, draft, Some(Statement::Report(Box::new(first_report()))), None);
    }

    fn receive(&mut self, province: &Station, county: &Station, town: &Station) {
        self.receipt(county, Level::County, town, Lane::Urgent, Holds::Bodies, 0..=2);
        self.receipt(county, Level::County, town, Lane::Urgent, Holds::Bodies, 3..=4);
        self.receipt(province, Level::Province, town, Lane::Urgent, Holds::Bodies, 0..=4);
        self.receipt(province, Level::Province, town, Lane::Routine, Holds::Headers, 0..=1);
    }

    pub fn urgent(&mut self, by: &mut Station, says: Statement) {
        let draft = by.draft(kind_of(&says), Lane::Urgent);
        self.write(by, draft, Some(says), None);
    }

    /// Signs the next entry of `by`. `body` is given for what today's software does not write by itself; without
    /// `says` it stays below.
    pub fn write(&mut self, by: &mut Station, draft: Draft, says: Option<Statement>, body: Option<Vec<u8>>) {
        let network = self.network();
        let content = body.unwrap_or_else(|| body_of(says.as_ref().expect("a statement or a body")));
        let head = by.heads.entry(draft.lane).or_default();
        let envelope = Envelope::sign(&by.key, network, by.name.id(network), *head, draft, &content);
        *head = Head { next: head.next + 1, hash: envelope.hash() };
        let body = says.is_some().then_some(content);
        self.entries.push(Told { name: by.name, envelope, body, says });
    }

    pub fn receipt(
        &mut self,
        by: &Station,
        level: Level,
        of: &Station,
        lane: Lane,
        holds: Holds,
        stretch: std::ops::RangeInclusive<u64>,
    ) {
        let network = self.network();
        let log = of.name.id(network);
        let position = Position { log, lane, sequence: *stretch.end() };
        let last = self.entries.iter().find(|told| told.envelope.header().position() == position);
        let unsigned = Receipt {
            holds,
            level,
            lane,
            from: *stretch.start(),
            to: *stretch.end(),
            log,
            hash: last.expect("an entry of the scene").envelope.hash(),
            received_ms: MORNING_MS + 3_600_000 + stretch.end().cast_signed(),
            signer: by.name.key,
            division: by.division,
            signature: Signature([0; 64]),
        };
        self.receipts.push(unsigned.signed(&by.key, network));
    }

    /// The scene as an exported bundle.
    pub fn bundle(&self) -> Vec<u8> {
        let mut writer = BundleWriter::new(Vec::new(), self.root.public()).expect("writing into memory");
        for told in &self.entries {
            writer.entry(told.name, &told.envelope, told.body.as_deref()).expect("writing into memory");
        }
        self.receipts.iter().for_each(|receipt| writer.receipt(receipt).expect("writing into memory"));
        writer.finish().expect("writing into memory")
    }

    /// One message of each type, under the name of its file.
    pub fn messages(&self) -> Vec<(&'static str, Message)> {
        let network = self.network();
        let told = &self.entries[FIRST_REPORT];
        let town = told.name;
        let head =
            LogHead { name: town, lane: Lane::Urgent, head: Head { next: 2, hash: told.envelope.hash() } };
        let hello = Hello {
            version: PROTOCOL_VERSION,
            network,
            division: division(220_221_100),
            log: town,
            clock_ms: MORNING_MS,
            software: "fengsui-node 0.1.0".into(),
        };
        let signer = self.receipts[0].signer;
        let receipt_head = ReceiptHead { log: town.id(network), lane: Lane::Urgent, signer, next: 5 };
        let have = Have { complete: true, last: true, logs: vec![head], receipts: vec![receipt_head] };
        let digest = Have::digest(&have.logs, &have.receipts);
        vec![
            ("hello", Message::Hello(hello)),
            ("have", Message::Have(have)),
            ("batch", Message::Batch(self.batch())),
            ("ack", Message::Ack(head)),
            ("receipt", Message::Receipt(Box::new(self.receipts[0]))),
            ("hold", Message::Hold(town)),
            ("evidence", Message::Evidence(Box::new(Evidence { name: town, envelope: told.envelope }))),
            ("beat", Message::Beat(digest)),
            ("tell", Message::Tell),
            ("bye", Message::Bye("the station is being shut down (关机)".into())),
        ]
    }

    /// The township's urgent lane; the body of the genesis is left out, as on its way past a border of reach.
    pub fn batch(&self) -> Batch {
        let carried = |told: &Told| Carried { envelope: told.envelope, body: told.body.clone() };
        let mut entries: Vec<Carried> = self.entries[TOWN_URGENT].iter().map(carried).collect();
        entries[0].body = None;
        Batch { name: self.entries[FIRST_REPORT].name, lane: Lane::Urgent, entries }
    }
}

fn kind_of(says: &Statement) -> Kind {
    match says {
        Statement::Genesis(_) => Kind::Genesis,
        Statement::Report(_) => Kind::Report,
        Statement::Appointment(_) => Kind::Appointment,
        Statement::Directory(_) => Kind::Directory,
        Statement::Answer(_) => Kind::Answer,
        Statement::Standard(_) => Kind::Standard,
        Statement::Adoption(_) => Kind::Adoption,
        Statement::Revocation(_) => Kind::Revocation,
        Statement::Review(_) => Kind::Review,
        Statement::Withdrawal(_) => Kind::Withdrawal,
        Statement::Submission(_) => Kind::Submission,
        Statement::Proxy(_) => Kind::Proxy,
        Statement::Merge(_) => Kind::Merge,
        Statement::Stability(_) => Kind::Stability,
        Statement::Rotation(_) => Kind::Rotation,
        Statement::Catalogue(_) => Kind::Catalogue,
        Statement::Targets(_) => Kind::Target,
        Statement::Inspection(_) => Kind::Inspection,
        Statement::Consultation(_) => Kind::Consultation,
        Statement::Later(kind) => *kind,
    }
}

fn body_of(says: &Statement) -> Vec<u8> {
    match says {
        Statement::Genesis(genesis) => genesis_body(genesis),
        Statement::Report(report) => report_body(report),
        Statement::Appointment(appointment) => appointment_body(appointment),
        Statement::Directory(directory) => directory_body(directory),
        Statement::Answer(answer) => answer_body(answer, report_id(1, division(220_221_100), event()).0),
        Statement::Standard(standard) => standard_body(standard),
        Statement::Adoption(adoption) => adoption_body(adoption),
        Statement::Revocation(revocation) => revocation_body(revocation),
        Statement::Review(review) => review_body(review),
        Statement::Withdrawal(cites) => withdrawal_body(cites),
        Statement::Submission(submission) => submission_body(submission),
        Statement::Proxy(proxy) => proxy_body(proxy),
        Statement::Merge(merge) => merge_body(merge),
        Statement::Stability(stability) => stability_body(stability),
        Statement::Rotation(rotation) => rotation_body(rotation),
        Statement::Catalogue(issue) => catalogue_body(issue),
        Statement::Targets(targets) => targets_body(targets),
        Statement::Inspection(inspection) => inspection_body(inspection),
        Statement::Consultation(consultation) => consultation_body(consultation),
        Statement::Later(_) => Body::default().to_bytes(),
    }
}

pub fn first_report() -> Report {
    Report {
        occurred_ms: Some(MORNING_MS - 7_200_000),
        narrative: Some("暴雨引发山洪，沿河低洼处进水。".into()),
        figures: BTreeMap::from([(1010, Figure::Number(1_260)), (1020, Figure::Number(0))]),
        ..Report::blank(1, division(220_221_100), event().into())
    }
}

fn second_report(first: Option<Hash>) -> Report {
    Report {
        stage: Stage::Continued,
        revision: 1,
        follows: first.map(|hash| hash.0),
        cutoff_ms: Some(MORNING_MS + 600_000),
        explanation: Some("核减重复统计".into()),
        relief_narrative: Some("已转移".into()),
        figures: BTreeMap::from([
            (1010, Figure::Number(1_198)),
            (1020, Figure::Some),
            (1030, Figure::Number(55)),
        ]),
        ..first_report()
    }
}

/// Nothing to report of a second event: a zero report is a report.
fn zero_report() -> Report {
    Report {
        subject: "20261121-220221-snow".parse().expect("an event of the scene"),
        zero: true,
        narrative: None,
        figures: BTreeMap::new(),
        ..first_report()
    }
}

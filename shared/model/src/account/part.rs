//! The part that a figure plays in an account.

use std::{fmt, str::FromStr};

/// Which account a figure belongs to, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Code of the heading that names the account.
    pub account: String,
    /// As what.
    pub part: Part,
}

/// What a figure is in its account, in the order in which an office writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// 预算安排: what the own budget provides. Beside the others: it is a plan.
    Budget,
    /// 上年结转 of money, 期初 of goods: what there was.
    Opening,
    /// 筹集合计: computed from the sources below.
    Raised,
    /// 中央: granted by the centre, stated by the province.
    Central,
    /// 省级: from the own budget of the province.
    Provincial,
    /// 市级.
    City,
    /// 县级.
    County,
    /// 社会捐赠: given by people and companies.
    Donated,
    /// 地方匹配（未分市县）: known only as what several levels below raised together.
    Undivided,
    /// 上级下达 of money, 上级调入 of goods.
    Received,
    /// 其他入库: bought or given.
    Supplied,
    /// 已下拨 of own money, 调拨下级 of goods.
    Passed,
    /// 转拨: what came from above, passed on.
    PassedOn,
    /// 已支付: to persons and households, or for work.
    Paid,
    /// 发放出库: handed out.
    Issued,
    /// 结余 of money.
    Balance,
    /// 期末 of goods.
    Closing,
    /// 申请: asked of the level above.
    Requested,
    /// 核拨: allotted to the levels below, sent or not.
    Allotted,
}

/// On which side of an account a part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What there was, and what came.
    In,
    /// What went.
    Out,
    /// What is left.
    Left,
    /// Neither: a plan, a wish, or a sum of others.
    Beside,
}

/// A word that is no part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("read {0:?} as a part of an account")]
pub struct PartError(pub String);

impl Part {
    /// All, in order.
    pub const ALL: [Self; 19] = [
        Self::Budget,
        Self::Opening,
        Self::Raised,
        Self::Central,
        Self::Provincial,
        Self::City,
        Self::County,
        Self::Donated,
        Self::Undivided,
        Self::Received,
        Self::Supplied,
        Self::Passed,
        Self::PassedOn,
        Self::Paid,
        Self::Issued,
        Self::Balance,
        Self::Closing,
        Self::Requested,
        Self::Allotted,
    ];

    /// What money is raised from, the undivided included.
    pub const SOURCES: [Self; 6] =
        [Self::Central, Self::Provincial, Self::City, Self::County, Self::Donated, Self::Undivided];

    /// Where it stands. What is undivided stands beside: it is not the money of whoever states it.
    #[must_use]
    pub const fn side(self) -> Side {
        match self {
            Self::Opening
            | Self::Central
            | Self::Provincial
            | Self::City
            | Self::County
            | Self::Donated
            | Self::Received
            | Self::Supplied => Side::In,
            Self::Passed | Self::PassedOn | Self::Paid | Self::Issued => Side::Out,
            Self::Balance | Self::Closing => Side::Left,
            Self::Budget | Self::Raised | Self::Undivided | Self::Requested | Self::Allotted => Side::Beside,
        }
    }

    /// The word in tables and on the command line.
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::Opening => "opening",
            Self::Raised => "raised",
            Self::Central => "central",
            Self::Provincial => "provincial",
            Self::City => "city",
            Self::County => "county",
            Self::Donated => "donated",
            Self::Undivided => "undivided",
            Self::Received => "received",
            Self::Supplied => "supplied",
            Self::Passed => "passed",
            Self::PassedOn => "passed_on",
            Self::Paid => "paid",
            Self::Issued => "issued",
            Self::Balance => "balance",
            Self::Closing => "closing",
            Self::Requested => "requested",
            Self::Allotted => "allotted",
        }
    }

    /// As an office heads the column.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Budget => "预算",
            Self::Opening => "期初",
            Self::Raised => "筹集",
            Self::Central => "中央",
            Self::Provincial => "省级",
            Self::City => "市级",
            Self::County => "县级",
            Self::Donated => "社会捐赠",
            Self::Undivided => "地方未分",
            Self::Received => "上级下达",
            Self::Supplied => "其他入库",
            Self::Passed => "已下拨",
            Self::PassedOn => "转拨",
            Self::Paid => "已支付",
            Self::Issued => "发放",
            Self::Balance => "结余",
            Self::Closing => "期末",
            Self::Requested => "申请",
            Self::Allotted => "核拨",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.en())
    }
}

impl FromStr for Part {
    type Err = PartError;

    /// The word, or the heading of its column.
    fn from_str(text: &str) -> Result<Self, PartError> {
        let found = Self::ALL.into_iter().find(|part| part.en() == text || part.zh() == text);
        found.ok_or_else(|| PartError(text.to_owned()))
    }
}

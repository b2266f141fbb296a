//! Levels of urgency, and the reasons for them.

/// How soon somebody has to act, the least urgent first. docs/labels.md says when each level is right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// Nobody waits.
    #[default]
    None,
    /// Somebody waits.
    Soon,
    /// Somebody has to act today.
    Now,
}

impl Urgency {
    /// All levels, the least urgent first.
    pub const ALL: [Self; 3] = [Self::None, Self::Soon, Self::Now];

    /// Returns the name: `none`, `soon` or `now`.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Soon => "soon",
            Self::Now => "now",
        }
    }

    /// Returns the level with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

/// Why a text is urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// Health, body or property are in danger.
    Safety,
    /// Personal data or an account are in other hands, or the writer asks for data to be deleted or handed out.
    Privacy,
    /// A lawyer, a court, an authority or the press.
    Legal,
    /// Money is lost or owed.
    Money,
    /// Something is down for many, or the writer is locked out or stranded.
    Outage,
    /// It has to happen today or tomorrow.
    Deadline,
    /// The writer is about to leave.
    Churn,
    /// The writer wrote before, or has waited for long.
    Repeated,
}

impl Reason {
    /// Returns the name, such as `safety`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safety => "safety",
            Self::Privacy => "privacy",
            Self::Legal => "legal",
            Self::Money => "money",
            Self::Outage => "outage",
            Self::Deadline => "deadline",
            Self::Churn => "churn",
            Self::Repeated => "repeated",
        }
    }
}

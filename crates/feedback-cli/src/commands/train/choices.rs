//! Names on the command line for the trainer's choices.

use clap::ValueEnum;
use feedback_trainer::{IntervalStrategy, LrSchedulerType, OptimizerName};

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Scheduler {
    Linear,
    Cosine,
    Polynomial,
    Constant,
    ConstantWithWarmup,
    #[value(alias = "plateau")]
    ReduceLrOnPlateau,
}

impl From<Scheduler> for LrSchedulerType {
    fn from(scheduler: Scheduler) -> Self {
        match scheduler {
            Scheduler::Linear => Self::Linear,
            Scheduler::Cosine => Self::Cosine,
            Scheduler::Polynomial => Self::Polynomial,
            Scheduler::Constant => Self::Constant,
            Scheduler::ConstantWithWarmup => Self::ConstantWithWarmup,
            Scheduler::ReduceLrOnPlateau => Self::ReduceLrOnPlateau,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Interval {
    No,
    Epoch,
    Steps,
}

impl From<Interval> for IntervalStrategy {
    fn from(interval: Interval) -> Self {
        match interval {
            Interval::No => Self::No,
            Interval::Epoch => Self::Epoch,
            Interval::Steps => Self::Steps,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Optim {
    #[value(name = "adamw_torch", alias = "adamw")]
    AdamW,
    #[value(name = "sgd")]
    Sgd,
}

impl From<Optim> for OptimizerName {
    fn from(optim: Optim) -> Self {
        match optim {
            Optim::AdamW => Self::AdamW,
            Optim::Sgd => Self::Sgd,
        }
    }
}

//! The settings of LoRA.

use feedback_bert::lora::LoraConfig;
use serde::{Deserialize, Serialize};

/// The low-rank adapters to train instead of all weights, if any.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Adapters(pub Option<LoraConfig>);

#[cfg(feature = "clap")]
mod arguments {
    use clap::{ArgMatches, Args, Command, Error, FromArgMatches};
    use feedback_bert::lora::LoraConfig;

    use super::Adapters;

    #[derive(Args)]
    struct LoraArguments {
        /// Rank of the LoRA adapters to train together with the head, instead of all weights
        ///
        /// 1 or more, such as 8. By default all weights are trained. Hu et al. 2021.
        #[arg(long, value_name = "N", conflicts_with = "freeze")]
        lora_rank: Option<usize>,
        /// Alpha of the adapters, which are scaled by alpha / rank [default: 16]
        #[arg(long, value_name = "X", requires = "lora_rank")]
        lora_alpha: Option<f64>,
        /// Dense layers that get adapters [default: query,value]
        #[arg(long, value_name = "A,B,…", value_delimiter = ',', requires = "lora_rank")]
        lora_targets: Option<Vec<String>>,
    }

    impl FromArgMatches for Adapters {
        fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
            let given = LoraArguments::from_arg_matches(matches)?;
            Ok(Self(given.lora_rank.map(|rank| {
                let mut lora = LoraConfig::default();
                lora.rank = rank;
                lora.alpha = given.lora_alpha.unwrap_or(lora.alpha);
                lora.targets = given.lora_targets.unwrap_or(lora.targets);
                lora
            })))
        }

        fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
            let given = Self::from_arg_matches(matches)?;
            if given.0.is_some() {
                *self = given;
            }
            Ok(())
        }
    }

    impl Args for Adapters {
        fn augment_args(command: Command) -> Command {
            LoraArguments::augment_args(command)
        }

        fn augment_args_for_update(command: Command) -> Command {
            LoraArguments::augment_args_for_update(command)
        }
    }
}

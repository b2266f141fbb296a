//! The arguments of `train` as the pipeline's options.

use feedback_bert::LoraConfig;
use feedback_hub::HubOptions;
use feedback_pipeline::{
    BaseModel, DataFiles, DataOptions, ImbalanceOptions, LeakPolicy, NanGuardOptions, TrainOptions, Tuning,
};

use super::arguments::Arguments;
use crate::exit::UsageError;
use crate::models;

/// The data, if no other is named.
const DEFAULT_DATA: &str = "fixtures/feedback.jsonl";

/// The options for these arguments; a model of the hub is downloaded.
pub(super) fn options(arguments: Arguments) -> anyhow::Result<TrainOptions> {
    let files = match (arguments.data, arguments.train) {
        (Some(data), None) => DataFiles::Single(data),
        (None, Some(train)) => DataFiles::Separate {
            train,
            validation: arguments.validation,
            test: arguments.test,
        },
        (None, None) => DataFiles::Single(DEFAULT_DATA.into()),
        (Some(_), Some(_)) => return Err(UsageError("give --data or --train, not both".into()).into()),
    };
    let mut data = DataOptions::new(files);
    data.labels = arguments.labels;
    data.read = arguments.aliases.add_to(arguments.fields.read_options())?;
    data.on_bad_row = arguments.on_bad_row.into();
    data.seed = arguments.seed;
    data.leak_policy = match (arguments.drop_leaked, arguments.allow_leakage) {
        (true, _) => LeakPolicy::Drop,
        (_, true) => LeakPolicy::Allow,
        _ => LeakPolicy::Refuse,
    };
    let hub = HubOptions::from_env(arguments.revision.as_deref());
    let base = BaseModel::parse(&arguments.model)?.resolve(&hub, &mut models::download_bar())?;
    let mut options = TrainOptions::new(data, base, arguments.output);
    options.run_dir = arguments.run_dir;
    options.pooling = arguments.pooling;
    options.max_length = arguments.max_length;
    options.early_stopping_patience = arguments.early_stopping_patience;
    options.early_stopping_threshold = arguments.early_stopping_threshold;
    options.early_stopping_min_epochs = arguments.early_stopping_min_epochs;
    options.nan_guard = NanGuardOptions {
        max_skipped_updates: arguments.max_skipped_updates,
        loss_limit: arguments.loss_limit,
    };
    options.top_losses = arguments.top_losses;
    options.device = arguments.device;
    options.corrections = arguments
        .people
        .options(&arguments.fields, arguments.on_bad_row.into())?;
    options.imbalance = ImbalanceOptions {
        class_weights: arguments.class_weights,
        loss: arguments.loss,
        focal_gamma: arguments.focal_gamma,
        sampler: arguments.sampler,
    };
    options.tuning = Tuning {
        freeze: arguments.freeze,
        gradual_unfreezing: arguments.gradual_unfreezing,
        lora: arguments.lora_rank.map(|rank| {
            let mut lora = LoraConfig::default();
            lora.rank = rank;
            lora.alpha = arguments.lora_alpha.unwrap_or(lora.alpha);
            lora.targets = arguments.lora_targets.unwrap_or(lora.targets);
            lora
        }),
    };
    let training = &mut options.arguments;
    training.seed = arguments.seed;
    training.max_steps = arguments.max_steps;
    training.warmup_steps = arguments.warmup_steps;
    training.max_train_seconds = arguments.max_train_seconds;
    if arguments.save_total_limit.is_some() {
        training.save_total_limit = arguments.save_total_limit;
    }
    macro_rules! given {
        ($($name:ident),*) => { $(set(&mut training.$name, arguments.$name);)* };
    }
    given!(
        num_train_epochs,
        per_device_train_batch_size,
        per_device_eval_batch_size,
        gradient_accumulation_steps,
        learning_rate,
        layerwise_lr_decay,
        weight_decay,
        adam_beta1,
        adam_beta2,
        adam_epsilon,
        max_grad_norm,
        lr_scheduler_kwargs,
        warmup_ratio,
        label_smoothing_factor,
        eval_steps,
        save_steps,
        load_best_model_at_end,
        logging_steps,
        group_by_length,
        gradient_checkpointing,
        bf16
    );
    // Hugging Face's names of metrics begin with `eval_`.
    let metric = arguments.metric_for_best_model.as_deref();
    let metric = metric.map(|name| name.strip_prefix("eval_").unwrap_or(name).to_owned());
    set(&mut training.metric_for_best_model, metric);
    training.greater_is_better = arguments.greater_is_better.or(training.greater_is_better);
    macro_rules! converted {
        ($($name:ident),*) => { $(set(&mut training.$name, arguments.$name.map(Into::into));)* };
    }
    converted!(optim, lr_scheduler_type, eval_strategy, save_strategy);
    Ok(options)
}

fn set<T>(target: &mut T, given: Option<T>) {
    if let Some(value) = given {
        *target = value;
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn flags_override_what_suits_the_base_model() {
        let parse = |line: &[&str]| options(Arguments::parse_from(line)).unwrap();
        assert_eq!(parse(&["train"]).arguments.num_train_epochs, 30);
        assert_eq!(parse(&["train", "--model", "."]).arguments.num_train_epochs, 4);
        assert_eq!(parse(&["train", "--epochs", "2"]).arguments.num_train_epochs, 2);
    }
}

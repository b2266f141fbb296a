//! The results of `train` on standard output.

use feedback_pipeline::train::{Reproduction, TrainSummary};

use crate::arguments::OutputFormat;
use crate::{notices, output, show};

/// Prints whether the run was reproduced, and every difference.
pub(super) fn print_reproduction(reproduction: &Reproduction, format: OutputFormat) -> anyhow::Result<()> {
    if format == OutputFormat::Json {
        return output::print_json(reproduction);
    }
    let (run, differences) = (&reproduction.again.run, &reproduction.differences);
    if differences.is_empty() {
        return output::print(format_args!(
            "the run was reproduced: weights, report and log are identical\nrun   {}\n",
            run.display()
        ));
    }
    output::print(format_args!(
        "{} differences\n  {}\nrun   {}\n",
        differences.len(),
        differences.join("\n  "),
        run.display()
    ))
}

/// Prints the test metrics, and the paths of model and run.
pub(super) fn print_summary(summary: &TrainSummary, format: OutputFormat) -> anyhow::Result<()> {
    if format == OutputFormat::Json {
        return output::print_json(summary);
    }
    let measured = match &summary.test {
        Some(test) => format!("\ntest set\n{}", show::evaluation(test)?),
        None => "no test set: only the validation set was evaluated\n".to_owned(),
    };
    let warning = match summary.stopped_by.as_str() {
        "loss_not_finite" => notices::DIVERGED,
        _ => "",
    };
    let worse = summary.warning.as_ref();
    let worse = worse.map_or(String::new(), |worse| format!("\nwarning: {worse}\n"));
    let corrected = summary
        .corrections
        .as_ref()
        .map(show::corrections)
        .unwrap_or_default();
    let adapter = summary.adapter.as_ref();
    let adapter = adapter.map_or(String::new(), |folder| format!("adapter {}\n", folder.display()));
    output::print(format_args!(
        "{measured}{warning}{worse}{corrected}\nmodel {}\n{adapter}run   {}\n{:.0} seconds, ended: {}\n",
        summary.model.display(),
        summary.run.display(),
        summary.seconds,
        summary.stopped_by
    ))
}

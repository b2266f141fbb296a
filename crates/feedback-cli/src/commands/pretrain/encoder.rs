//! `pretrain --recipe`: builds an encoder in stages.

use std::path::Path;

use feedback_bert::DeviceChoice;
use feedback_pretrain::encoder::{EncoderBuild, EncoderNotice, EncoderRecipe, build_encoder};

use super::progress::{format_metrics, progress, show_notice};
use crate::exit;
use crate::output;
use crate::signals::Interrupt;

/// Builds the encoder and returns the exit code.
pub(super) fn build(
    recipe: &Path,
    output: &Path,
    device: DeviceChoice,
    interrupt: &Interrupt,
) -> anyhow::Result<u8> {
    let build = EncoderBuild {
        recipe: EncoderRecipe::read(recipe)?,
        output: output.to_owned(),
        device,
        interrupt: interrupt.flag(),
    };
    build_encoder(&build, progress, &mut |notice| show(&notice))?;
    output::print(format_args!("{}\n", output.display()))?;
    Ok(exit::OK)
}

fn show(notice: &EncoderNotice<'_>) {
    match notice {
        EncoderNotice::Stage(folder) => output::message(format_args!("writing {}", folder.display())),
        EncoderNotice::Kept(folder) => output::message(format_args!(
            "{} exists already: this stage is skipped",
            folder.display()
        )),
        EncoderNotice::Excluded(files) => {
            for file in *files {
                output::message(format_args!(
                    "{}: {} rows, without {} duplicates and {} rows that are equal or similar to held-out texts",
                    file.file.display(),
                    file.rows,
                    file.duplicates,
                    file.held_out
                ));
            }
        }
        EncoderNotice::Tasks(train, validation, left_out) => {
            output::message(format_args!(
                "{train} labelled texts to learn from, {validation} held out"
            ));
            for (task, rows) in left_out.iter().filter(|(_, rows)| *rows > 0) {
                output::message(format_args!(
                    "{task}: without {rows} rows that are equal or similar to held-out texts"
                ));
            }
        }
        EncoderNotice::Measured(metrics) => output::message(format_metrics(metrics)),
        EncoderNotice::Training(notice) => show_notice(notice),
        _ => {}
    }
}

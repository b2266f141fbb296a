//! A report as a document of headlines, tables and quotes.

mod evidence;
mod quotes;
mod tables;
mod topics;

use feedback_metrics::document::{Block, Document, Fact, Finding, Section};

use quotes::quoted;

use crate::changes::Change;
use crate::fields::FieldRole;
use crate::headlines::Headline;
use crate::report::{Periods, Report};
use crate::sets::Level;
use crate::study::{ALL, Kind};
use crate::words;

/// Headlines above everything else: with two lines each, these are within the first ten lines of the Markdown file.
const N_LEAD: usize = 4;

/// The document of a report.
pub(crate) fn document(report: &Report) -> Document {
    let mut lead = Vec::new();
    if report.headlines.is_empty() {
        lead.push(Block::Verdict(report.summary.clone()));
        if !report.unproven.is_empty() {
            lead.push(Block::Findings(report.unproven.iter().map(finding).collect()));
        }
    } else {
        let first = report.headlines.iter().take(N_LEAD);
        lead.push(Block::Findings(first.map(finding).collect()));
        lead.push(Block::Paragraph(report.summary.clone()));
    }
    lead.push(Block::Facts(facts(report)));
    let mut sections = Vec::new();
    sections.extend(more(report));
    sections.extend(topics::section(report, Kind::Theme));
    sections.extend(topics::section(report, Kind::Category));
    sections.extend(topics::rating(report));
    sections.extend(topics::measures(report));
    sections.push(unknown(report));
    sections.push(method(report));
    sections.push(evidence::section(report));
    Document {
        title: report.title.clone(),
        lead,
        sections,
    }
}

fn finding(headline: &Headline) -> Finding {
    Finding {
        text: headline.text.clone(),
        target: headline.metric.clone(),
        quotes: headline.quotes.iter().map(quoted).collect(),
    }
}

fn facts(report: &Report) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(Periods {
        current, previous, ..
    }) = &report.periods
    {
        for (name, period) in [
            ("Texts of the last period", current),
            ("Texts of the period before", previous),
        ] {
            let note = format!("{} to {}", period.first, period.last);
            let fact = Fact::new(name, period.texts.n.to_string()).with_note(note);
            facts.push(fact.with_target(evidence::anchor(&period.texts.sets.join("-"))));
        }
    }
    let texts = report.coverage.texts.n.to_string();
    facts.push(Fact::new("Texts in the file", texts).with_target(evidence::anchor(ALL)));
    if let Some(rating) = &report.rating {
        let name = format!("Mean of {}", rating.name);
        let fact = level(name, Kind::Rating, &rating.overall, rating.change.as_ref());
        facts.push(fact.with_target("rating"));
    }
    for measure in &report.measures {
        let name = topics::measure_name(measure);
        let fact = level(name, measure.kind(), &measure.overall, measure.change.as_ref());
        facts.push(fact.with_target(&measure.id));
    }
    facts
}

/// A level now and before.
fn level(name: String, kind: Kind, overall: &Level, change: Option<&Change>) -> Fact {
    match change {
        None => Fact::new(name, words::level(kind, overall.value)).with_note("all texts"),
        Some(change) => {
            let before = words::level(kind, change.before.value);
            Fact::new(name, words::level(kind, change.after.value)).with_note(format!("{before} before"))
        }
    }
}

/// The headlines below the first ones, changes that are not proven, and the changes that come from the same texts as a headline.
fn more(report: &Report) -> Option<Section> {
    let mut blocks = Vec::new();
    let rest: Vec<Finding> = report.headlines.iter().skip(N_LEAD).map(finding).collect();
    if !rest.is_empty() {
        blocks.push(Block::Findings(rest));
    }
    let also = report
        .headlines
        .iter()
        .enumerate()
        .filter(|(_, headline)| !headline.also.is_empty());
    for (number, headline) in also {
        let texts = headline.also.join(". ");
        blocks.push(Block::Paragraph(format!(
            "From the same texts as headline {}: {texts}.",
            number + 1
        )));
    }
    if !report.headlines.is_empty() && !report.unproven.is_empty() {
        blocks.push(Block::Findings(report.unproven.iter().map(finding).collect()));
    }
    (!blocks.is_empty()).then(|| Section::new("more", "What else moved", blocks))
}

fn unknown(report: &Report) -> Section {
    let notes = report
        .unknown
        .iter()
        .map(|note| Block::Paragraph(note.text.clone()));
    let mut blocks: Vec<Block> = notes.collect();
    blocks.push(Block::Paragraph(
        "A difference between periods or segments does not show its cause. Intervals are of single numbers; only the changes that are \
         said to stand out account for how many were tested."
            .to_owned(),
    ));
    Section::new("unknown", "What is not known", blocks)
}

fn method(report: &Report) -> Section {
    let options = &report.method.options;
    let used = |role: FieldRole| {
        let fields = report.fields.iter().filter(|field| field.role == role);
        let names: Vec<&str> = fields.map(|field| field.name.as_str()).collect();
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    };
    let mix = report
        .mix
        .map_or_else(|| "not tested".to_owned(), |mix| words::p_value(mix.p_value));
    let facts = vec![
        Fact::new("Broken down by", used(FieldRole::Segments)),
        Fact::new("Rating", used(FieldRole::Rating)),
        Fact::new("Further measures", used(FieldRole::Measure)),
        Fact::new("Tests", report.method.n_tests.to_string()),
        Fact::new(
            "False discovery rate",
            words::level(Kind::Theme, options.false_discovery_rate),
        ),
        Fact::new("Mix of all themes", mix),
        Fact::new("Resamples", options.resamples.to_string()),
        Fact::new("Seed", options.seed.to_string()),
    ];
    let words = "A change of a share or mean is broken down into what happens within each segment and what comes from the size of the \
                 segment; these parts add up to the change. Whether a change stands out is decided by permutation tests, all of the \
                 report together, of themes and of groups of similar themes, with Benjamini and Hochberg's procedure. One more test asks whether \
                 the mix of all themes moved, at a fifth of that rate. Intervals are 95 % bootstrap intervals over texts, \
                 repetitions drawn together.";
    Section::new(
        "method",
        "How the numbers were computed",
        vec![Block::Facts(facts), Block::Paragraph(words.to_owned())],
    )
}

//! The system page: resource use, latency, requests, queue and database state.

use std::time::{Duration, Instant};

use axum::extract::State;
use maud::{Markup, html};

use super::layout::{Frame, Tab, percent, texts};
use crate::clock::locked;
use crate::error::{Error, Result};
use crate::metrics::Latency;
use crate::problem::PageResult;
use crate::serving::EngineStatus;
use crate::state::Shared;
use crate::system::Usage;
use feedback_store::Error as StoreError;

/// Minimum time between two database checks, since a check reads the whole database.
const CHECK_EVERY: Duration = Duration::from_secs(600);

pub(crate) async fn system(State(state): State<Shared>, frame: Frame) -> PageResult {
    let folder = state.config.state_dir.clone();
    // CPU use is a difference over time, so measuring takes a moment.
    let usage = tokio::task::spawn_blocking(move || Usage::measure(&folder))
        .await
        .map_err(|_| Error::ShuttingDown)?;
    let checked = database(&state).await?;
    let engine = state.models.engine().status();
    let vectors = state.vectors.read().as_ref().map_or(0, |file| file.len());
    let recomputed = state.keeper.recomputed();
    let content = html! {
        h1 { "System" }
        div.cards data-system hx-get="/system" hx-trigger="every 5s" hx-select=".cards" hx-swap="outerHTML" {
            (figure("Uptime", &uptime(state.started.elapsed().as_secs())))
            (figure("Process memory", &bytes(usage.memory)))
            (figure("Process CPU", &format!("{:.0} % of a core", usage.cpu)))
            (figure("Free disk", &usage.free.map_or("unknown".into(), bytes)))
            (figure("Queued texts", &(engine.interactive + engine.bulk).to_string()))
            (figure("Speed", &format!("{:.0} tokens/s", engine.tokens_per_second)))
        }
        div.two {
            section.card { h2 { "Latency" } (latency(state.metrics.latency())) }
            section.card {
                h2 { "Requests by status" }
                table { caption { "Since the start of the server" } tbody { @for (status, count) in state.metrics.by_status() { tr { th scope="row" { (status) } td.number { (count) } } } } }
            }
            section.card { h2 { "Serving" } (serving(engine)) }
            section.card {
                h2 { "This server" }
                table { tbody {
                    tr { th scope="row" { "Model" } td { code { (state.models.engine().current().id) } } }
                    tr { th scope="row" { "Device" } td { (state.device) } }
                    tr { th scope="row" { "Address" } td { (state.config.addr) } }
                    tr { th scope="row" { "Key required" } td { @if state.keys.is_some() { "yes" } @else { "no" } } }
                    tr { th scope="row" { "Database" } td { @match &checked { None => { span.good { "intact" } } Some(problem) => { span.bad { (problem) } } } } }
                    tr { th scope="row" { "Vectors" } td { (texts(vectors as u64)) @if recomputed > 0 { "; " (recomputed) " are computed again, since another encoder serves" } } }
                    tr { th scope="row" { "Machine memory" } td { (bytes(usage.machine_used)) " of " (bytes(usage.machine_total)) " (" (percent(usage.machine_used as f64 / usage.machine_total.max(1) as f64)) ")" } }
                    tr { th scope="row" { "Version" } td { (env!("CARGO_PKG_VERSION")) } }
                } }
            }
        }
    };
    Ok(frame.page(Some(Tab::System), "System", &content))
}

/// Returns what is wrong with the database; `None` if it is intact. Runs a check unless the last one is less than
/// [`CHECK_EVERY`] ago.
async fn database(state: &Shared) -> Result<Option<String>> {
    let damage = state.store.blocking().damage();
    if damage.is_some() || locked(&state.checked).is_some_and(|at| at.elapsed() < CHECK_EVERY) {
        return Ok(damage);
    }
    let checked = state
        .store
        .run(|store| -> Result<_> { Ok(store.check()) })
        .await?;
    match checked {
        Ok(()) => {
            *locked(&state.checked) = Some(Instant::now());
            Ok(None)
        }
        Err(StoreError::Damaged { problem, .. }) => {
            state.store.blocking().refuse_writes(problem.clone());
            Ok(Some(problem))
        }
        Err(error) => Err(error.into()),
    }
}

fn figure(name: &str, value: &str) -> Markup {
    html! { div.card { span.soft { (name) } span.big { (value) } } }
}

fn latency(latency: Latency) -> Markup {
    let ms = |seconds: f64| format!("{:.1} ms", seconds * 1000.0);
    html! {
        @if latency.n == 0 {
            p { "Nothing classified yet." }
        } @else {
            table {
                caption { "Last " (latency.n) " requests that classified texts" }
                tbody {
                    tr { th scope="row" { "Median" } td.number { (ms(latency.p50)) } }
                    tr { th scope="row" { "95th percentile" } td.number { (ms(latency.p95)) } }
                    tr { th scope="row" { "99th percentile" } td.number { (ms(latency.p99)) } }
                }
            }
        }
    }
}

fn serving(engine: EngineStatus) -> Markup {
    let rows = [
        ("Texts classified", engine.texts),
        ("Batches computed", engine.batches),
        ("Queued, interactive", engine.interactive as u64),
        ("Queued, bulk", engine.bulk as u64),
        ("Refused: queue full", engine.refused),
        ("Skipped: client disconnected", engine.cancelled),
        ("Skipped: deadline passed", engine.expired),
        ("Failed", engine.failed),
    ];
    html! { table { caption { "Since the start of the server" } tbody { @for (name, value) in rows { tr { th scope="row" { (name) } td.number { (value) } } } } } }
}

fn uptime(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

fn bytes(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.1} GiB", bytes as f64 / 1_073_741_824.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_readable() {
        assert_eq!(uptime(59), "59 s");
        assert_eq!(uptime(3_700), "1 h 1 min");
        assert_eq!(uptime(90_000), "1 d 1 h");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(3 << 30), "3.0 GiB");
    }
}

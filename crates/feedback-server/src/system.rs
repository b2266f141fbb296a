//! Resource usage of the process and the machine.

use std::path::Path;

use sysinfo::{Disks, ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid};

/// Resource usage of the process and the machine, in bytes and percent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Usage {
    /// Memory of this process.
    pub(crate) memory: u64,
    /// CPU usage of this process; 100 is one core.
    pub(crate) cpu: f32,
    /// Memory in use on the machine.
    pub(crate) machine_used: u64,
    /// Total memory of the machine.
    pub(crate) machine_total: u64,
    /// Free space on the disk of the state folder; `None` if it is unknown.
    pub(crate) free: Option<u64>,
}

impl Usage {
    /// Measures the usage, which takes about 0.2 s.
    pub(crate) fn measure(folder: &Path) -> Self {
        let mut usage = Self {
            free: free_space(folder),
            ..Self::default()
        };
        // If the system provides no data, the page shows zeros.
        let Ok(mut system) = System::new() else {
            return usage;
        };
        system.refresh_memory();
        usage = Self {
            machine_used: system.used_memory(),
            machine_total: system.total_memory(),
            ..usage
        };
        let Ok(pid) = get_current_pid() else {
            return usage;
        };
        let only = [pid];
        let kind = ProcessRefreshKind::nothing().with_cpu().with_memory();
        for pause in [true, false] {
            system.refresh_processes_specifics(ProcessesToUpdate::Some(&only), true, kind);
            if let Some(process) = system.process(pid) {
                (usage.memory, usage.cpu) = (process.memory(), process.cpu_usage());
            }
            if pause {
                std::thread::sleep(sysinfo::MINIMUM_CPU_UPDATE_INTERVAL);
            }
        }
        usage
    }
}

fn free_space(folder: &Path) -> Option<u64> {
    let folder = fs_err::canonicalize(folder).ok()?; // mount points are absolute paths
    let disks = Disks::new_with_refreshed_list().ok()?;
    disks
        .iter()
        .filter(|disk| folder.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().as_os_str().len())
        .map(|disk| disk.available_space())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_uses_memory() {
        let usage = Usage::measure(Path::new("."));
        assert!(
            usage.memory > 1_000_000 && usage.memory < usage.machine_total,
            "{usage:?}"
        );
    }
}

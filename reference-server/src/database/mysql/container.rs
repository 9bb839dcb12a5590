//! A TiDB in a container of its own: one process, rows in its own file system, gone when it is removed.
//!
//! Its SQL is TiDB's, its speed is not that of a cluster.

use std::time::Duration;

use testcontainers::bollard::Docker;
use testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
};
use testcontainers::core::wait::HttpWaitStrategy;
use testcontainers::core::{IntoContainerPort, WaitFor};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, GenericImage, ImageExt, TestcontainersError};

use crate::database::DatabaseError;

/// Name and tag of the image: the one place that says which TiDB it is.
pub(in crate::database) const IMAGE: (&str, &str) = ("pingcap/tidb", "v8.5.4");

/// Longest time until it answers.
const START: Duration = Duration::from_secs(120);
/// Port of SQL.
const SQL: u16 = 4_000;
/// Port of its status page.
const STATUS: u16 = 10_080;
/// Label of our containers, with the process they belong to.
const OWNER: &str = "tidegate.owner";

/// A container that runs. Dropping it removes it too, if the runtime lives long enough.
#[derive(Debug)]
pub(super) struct Container {
    container: ContainerAsync<GenericImage>,
    port: u16,
}

impl Container {
    /// Removes what earlier processes left, starts one, and waits until it answers.
    pub(super) async fn start() -> Result<Self, DatabaseError> {
        sweep().await;
        let failed = |error: TestcontainersError| DatabaseError::Container {
            image: format!("{}:{}", IMAGE.0, IMAGE.1),
            cause: error.to_string().split_whitespace().collect::<Vec<_>>().join(" "),
        };
        let ready =
            HttpWaitStrategy::new("/status").with_port(STATUS.tcp()).with_expected_status_code(200_u16);
        let container = GenericImage::new(IMAGE.0, IMAGE.1)
            .with_exposed_port(SQL.tcp())
            .with_exposed_port(STATUS.tcp())
            .with_wait_for(WaitFor::http(ready))
            .with_cmd([
                "--store=unistore",
                "--path=/tmp/tidegate",
                "--host=0.0.0.0",
                "-P",
                "4000",
                "--status=10080",
            ])
            .with_label(OWNER, owner(std::process::id()).unwrap_or_default())
            .with_startup_timeout(START)
            .with_host_config_modifier(|host| {
                // Nobody but this machine is to reach an account without a password.
                for bindings in host.port_bindings.iter_mut().flat_map(|ports| ports.values_mut()).flatten() {
                    for binding in bindings {
                        binding.host_ip = Some("127.0.0.1".to_owned());
                    }
                }
            })
            .start()
            .await
            .map_err(failed)?;
        let port = container.get_host_port_ipv4(SQL.tcp()).await.map_err(failed)?;
        Ok(Self { container, port })
    }

    /// Address of its set-up account.
    pub(super) fn url(&self) -> String {
        format!("mysql://root@127.0.0.1:{}/", self.port)
    }

    /// Removes it.
    pub(super) async fn remove(self) {
        if let Err(error) = self.container.rm().await {
            tracing::warn!(%error, "the TiDB container could not be removed; the next start does it");
        }
    }
}

/// This machine, the process and when it began: a number alone may be another process by now.
fn owner(process: u32) -> Option<String> {
    let machine = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name before the last `)` may hold blanks.
    let began = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.to_owned();
    Some(format!("{}/{process}/{began}", machine.trim()))
}

/// Whether a container's owner was a process of this machine that is no more.
fn is_orphan(label: &str) -> bool {
    let Some(process) = label.split('/').nth(1).and_then(|process| process.parse().ok()) else {
        return false;
    };
    let same_machine = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .is_ok_and(|machine| label.starts_with(machine.trim()));
    same_machine && owner(process).as_deref() != Some(label)
}

/// Removes containers whose process was killed before it could do it.
async fn sweep() {
    let Ok(docker) = Docker::connect_with_defaults() else { return };
    let filters = std::collections::HashMap::from([("label", vec![OWNER])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    let Ok(containers) = docker.list_containers(Some(options)).await else { return };
    for container in containers {
        let label = container.labels.as_ref().and_then(|labels| labels.get(OWNER));
        let (Some(id), true) = (&container.id, label.is_some_and(|label| is_orphan(label))) else { continue };
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        match docker.remove_container(id, Some(options)).await {
            Ok(()) => tracing::info!(id, "removed the TiDB container of a process that is gone"),
            Err(error) => tracing::debug!(id, %error, "a stale TiDB container"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_stale_when_its_process_is_gone() {
        let own = owner(std::process::id()).unwrap();
        assert!(!is_orphan(&own));
        let (before, _) = own.rsplit_once('/').unwrap();
        assert!(is_orphan(&format!("{before}/1")), "the number was given to another process");
        assert!(!is_orphan("another-machine/1/1"));
        assert!(!is_orphan(""));
    }
}

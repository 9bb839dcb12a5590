//! A TiDB in a container of its own: one process, rows in its own file system, gone when it is removed.
//!
//! Its SQL is TiDB's, its speed is not that of a cluster. It is removed by [`Container::remove`], and when it is
//! dropped, be it by an error, an interrupt or a panic. What a killed process left behind is found by its label
//! and removed by the next start.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use testcontainers::bollard::Docker;
use testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
};
use testcontainers::core::IntoContainerPort;
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, GenericImage, ImageExt, TestcontainersError};

use crate::database::DatabaseError;

/// Name and tag of the image: the one place that says which TiDB it is.
pub(in crate::database) const IMAGE: &str = "pingcap/tidb:v8.5.4";

/// Longest time until it answers.
const START: Duration = Duration::from_secs(120);
/// Longest time to remove it when it is dropped.
const REMOVAL: Duration = Duration::from_secs(20);
/// Port of SQL.
const SQL: u16 = 4_000;
/// Port of its status page.
const STATUS: u16 = 10_080;
/// Label of our containers, with the process they belong to.
const OWNER: &str = "tidegate.owner";
/// Label of containers that somebody wanted to keep.
const KEPT: &str = "tidegate.kept";

/// A container that runs. Dropping it removes it too, unless it is to be kept.
#[derive(Debug)]
pub struct Container {
    /// `None` once it is removed or left.
    container: Option<ContainerAsync<GenericImage>>,
    image: String,
    sql: u16,
    status: u16,
    keep: bool,
}

/// What container is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerPlan {
    /// Image with its tag.
    pub image: String,
    /// Leave it running in the end.
    pub keep: bool,
}

impl Default for ContainerPlan {
    fn default() -> Self {
        Self { image: IMAGE.to_owned(), keep: false }
    }
}

impl Container {
    /// Removes what earlier processes left, starts one, and waits until it answers.
    ///
    /// # Errors
    /// No Docker engine answers, there is no such image, or it does not come up.
    pub async fn start(plan: &ContainerPlan) -> Result<Self, DatabaseError> {
        sweep(is_orphan).await;
        let failed = |error: TestcontainersError| failed(&plan.image, &error);
        let (name, tag) = match plan.image.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, tag),
            _ => (plan.image.as_str(), "latest"),
        };
        // Known beforehand, because a container that is stopped and started again gets other ones otherwise.
        let [sql, status] = free_ports().map_err(|error| DatabaseError::Container {
            image: plan.image.clone(),
            cause: error.to_string(),
        })?;
        let label = if plan.keep { KEPT } else { OWNER };
        let container = GenericImage::new(name, tag)
            .with_mapped_port(sql, SQL.tcp())
            .with_mapped_port(status, STATUS.tcp())
            .with_cmd([
                "--store=unistore",
                "--path=/tmp/tidegate",
                "--host=0.0.0.0",
                "-P",
                "4000",
                "--status=10080",
            ])
            .with_label(label, owner(std::process::id()).unwrap_or_default())
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
        let mut started =
            Self { container: Some(container), image: plan.image.clone(), sql, status, keep: plan.keep };
        match started.until_it_answers().await {
            Ok(()) => Ok(started),
            Err(error) => {
                // What never answered is of no use to anybody, whoever wanted to keep it.
                started.keep = false;
                started.remove().await;
                Err(error)
            }
        }
    }

    /// Address of its set-up account.
    pub fn url(&self) -> String {
        format!("mysql://root@127.0.0.1:{}/", self.sql)
    }

    /// Address of its status page and metrics.
    pub fn status_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.status)
    }

    /// Image with its tag.
    pub fn image(&self) -> &str {
        &self.image
    }

    /// Whether it stays when the program ends.
    pub fn is_kept(&self) -> bool {
        self.keep
    }

    /// Stops it; its rows stay.
    ///
    /// # Errors
    /// The Docker engine refuses.
    pub async fn stop(&self) -> Result<(), DatabaseError> {
        let Some(container) = &self.container else { return Ok(()) };
        container.stop_with_timeout(Some(5)).await.map_err(|error| failed(&self.image, &error))
    }

    /// Starts it again after [`Container::stop`], on the same ports, and waits until it answers.
    ///
    /// # Errors
    /// The Docker engine refuses, or it does not come up.
    pub async fn start_again(&self) -> Result<(), DatabaseError> {
        let Some(container) = &self.container else { return Ok(()) };
        container.start().await.map_err(|error| failed(&self.image, &error))?;
        self.until_it_answers().await
    }

    /// Asks its status page until it says 200. Not the wait of the container library: that one goes by way of the
    /// engine's gateway when this program is in a container itself, where only 127.0.0.1 is published.
    async fn until_it_answers(&self) -> Result<(), DatabaseError> {
        let client = reqwest::Client::new();
        let page = format!("{}/status", self.status_url());
        let refused = |cause: String| DatabaseError::Container { image: self.image.clone(), cause };
        let asking = async {
            loop {
                let asked = client.get(&page).timeout(Duration::from_secs(2)).send().await;
                if asked.is_ok_and(|answer| answer.status().is_success()) {
                    return Ok(());
                }
                let running = match &self.container {
                    Some(container) => container.is_running().await.unwrap_or(true),
                    None => false,
                };
                if !running {
                    return Err(refused("it ended as soon as it was started".to_owned()));
                }
                // Nobody tells when a port opens.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let late = || refused(format!("it did not answer within {START:?}"));
        tokio::time::timeout(START, asking).await.unwrap_or_else(|_| Err(late()))
    }

    /// Removes it; leaves it where it is to be kept.
    pub async fn remove(mut self) {
        let Some(container) = self.container.take() else { return };
        if self.keep {
            std::mem::forget(container);
            return;
        }
        if let Err(error) = container.rm().await {
            tracing::warn!(%error, "the TiDB container could not be removed; the next start does it");
        }
    }

    /// Removes what this process started and nobody has a handle of: a start that was given up half-way.
    pub async fn sweep_own() {
        let own = owner(std::process::id());
        sweep(|label| own.as_deref() == Some(label)).await;
    }
}

impl Drop for Container {
    /// In a thread with a runtime of its own: the one it was started on may be going down, or unwinding.
    fn drop(&mut self) {
        let Some(container) = self.container.take() else { return };
        let id = container.id().to_owned();
        // Its own drop needs a runtime around it and panics without.
        std::mem::forget(container);
        if self.keep {
            return;
        }
        let removing = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let docker = Docker::connect_with_defaults().map_err(std::io::Error::other)?;
                let _ = tokio::time::timeout(REMOVAL, remove(&docker, &id)).await;
                Ok::<_, std::io::Error>(())
            })
        });
        // A thread that panicked has said so; there is nobody to hand it on to.
        let _ = removing.join();
    }
}

fn failed(image: &str, error: &TestcontainersError) -> DatabaseError {
    let said = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    DatabaseError::Container {
        image: image.to_owned(),
        cause: format!("{said}; is a Docker engine running, and the image there or to be had?"),
    }
}

/// Two ports that nobody has at the moment.
fn free_ports() -> std::io::Result<[u16; 2]> {
    let [first, second] =
        [TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?, TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?];
    Ok([first.local_addr()?.port(), second.local_addr()?.port()])
}

async fn remove(docker: &Docker, id: &str) {
    let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
    if let Err(error) = docker.remove_container(id, Some(options)).await {
        tracing::debug!(id, %error, "a TiDB container that could not be removed");
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

/// Removes our containers whose owner is `unwanted`.
async fn sweep(unwanted: impl Fn(&str) -> bool) {
    let Ok(docker) = Docker::connect_with_defaults() else { return };
    let filters = std::collections::HashMap::from([("label", vec![OWNER])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    let Ok(containers) = docker.list_containers(Some(options)).await else { return };
    for container in containers {
        let label = container.labels.as_ref().and_then(|labels| labels.get(OWNER));
        if let (Some(id), true) = (&container.id, label.is_some_and(|label| unwanted(label))) {
            remove(&docker, id).await;
            tracing::info!(id, "removed a TiDB container that nobody owns any more");
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

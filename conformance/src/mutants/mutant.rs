//! A mutant: a fault, the check that must notice it, and the reason that check must give.

use std::sync::Arc;

use crate::checks::ReasonCode;
use crate::target::SignalFault;

use super::fault::Fault;

/// Makes the faults of the connections of one proxy.
pub(crate) type PerConnection = Box<dyn Fn() -> Box<dyn Fault> + Send + Sync>;

/// Makes the faults of a proxy: one set for each proxy.
pub(crate) type Faults = Arc<dyn Fn() -> PerConnection + Send + Sync>;

/// Where a mutant takes hold.
#[derive(Clone)]
pub enum Seam {
    /// On the wire between suite and server.
    Wire(Arc<dyn Fn() -> PerConnection + Send + Sync>),
    /// In the configuration of the server: TOML that is laid over the reference's.
    Config(&'static str),
    /// In the signals that a check sends to a process of its own.
    Signal(SignalFault),
    /// In the reference client: the name of a mistake that it makes.
    Client(&'static str),
}

impl std::fmt::Debug for Seam {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Wire(_) => f.write_str("Wire"),
            Self::Client(fault) => f.debug_tuple("Client").field(fault).finish(),
            Self::Config(toml) => f.debug_tuple("Config").field(toml).finish(),
            Self::Signal(fault) => f.debug_tuple("Signal").field(fault).finish(),
        }
    }
}

/// A deliberate violation.
#[derive(Debug, Clone)]
pub struct Mutant {
    /// Stable id, `area.slug`.
    pub id: &'static str,
    /// What it does, in one sentence.
    pub description: &'static str,
    /// The check that must notice it.
    pub check: &'static str,
    /// The reason that check must give.
    pub reason: ReasonCode,
    /// How it is done.
    pub seam: Seam,
}

impl Mutant {
    /// A fault on the wire; `make` is called for each connection.
    pub fn wire<F, M>(
        id: &'static str,
        description: &'static str,
        check: &'static str,
        reason: ReasonCode,
        make: M,
    ) -> Self
    where
        F: Fault + 'static,
        M: Fn() -> F + Clone + Send + Sync + 'static,
    {
        Self::wire_shared(id, description, check, reason, move || make.clone())
    }

    /// A fault whose connections know of each other: `make_shared` is called once, what it returns for
    /// each connection.
    pub fn wire_shared<F, M, S>(
        id: &'static str,
        description: &'static str,
        check: &'static str,
        reason: ReasonCode,
        make_shared: S,
    ) -> Self
    where
        F: Fault + 'static,
        M: Fn() -> F + Send + Sync + 'static,
        S: Fn() -> M + Send + Sync + 'static,
    {
        let seam = Seam::Wire(Arc::new(move || {
            let make = make_shared();
            Box::new(move || Box::new(make()) as Box<dyn Fault>)
        }));
        Self { id, description, check, reason, seam }
    }

    /// A reference client that makes the mistake `fault`.
    pub fn client(
        id: &'static str,
        description: &'static str,
        check: &'static str,
        reason: ReasonCode,
        fault: &'static str,
    ) -> Self {
        Self { id, description, check, reason, seam: Seam::Client(fault) }
    }

    /// A reference started with `toml` laid over its configuration.
    pub fn config(
        id: &'static str,
        description: &'static str,
        check: &'static str,
        reason: ReasonCode,
        toml: &'static str,
    ) -> Self {
        Self { id, description, check, reason, seam: Seam::Config(toml) }
    }

    /// A process that gets other signals than its check sends.
    pub fn signal(
        id: &'static str,
        description: &'static str,
        check: &'static str,
        reason: ReasonCode,
        fault: SignalFault,
    ) -> Self {
        Self { id, description, check, reason, seam: Seam::Signal(fault) }
    }
}

//! The law itself, and what follows from its parameters.

/// Parameters of the law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Law {
    /// Throughput of one unit of load alone.
    pub lambda: f64,
    /// Contention, as a share.
    pub sigma: f64,
    /// Coherency.
    pub kappa: f64,
}

/// Below this a coefficient bends nothing at any load a machine can hold.
const NOTHING: f64 = 1e-12;

impl Law {
    /// Throughput at `load`.
    pub fn throughput(&self, load: f64) -> f64 {
        self.lambda * load / self.slowdown(load)
    }

    /// How much longer work takes at `load` than alone.
    pub fn slowdown(&self, load: f64) -> f64 {
        1.0 + self.sigma * (load - 1.0) + self.kappa * load * (load - 1.0)
    }

    /// The load with the largest throughput, N*; `None` when throughput never falls.
    pub fn peak(&self) -> Option<f64> {
        (self.kappa > NOTHING && self.sigma < 1.0).then(|| ((1.0 - self.sigma) / self.kappa).sqrt().max(1.0))
    }

    /// The largest throughput: at the peak, or what it comes near to without one; `None` when nothing bounds it.
    pub fn largest(&self) -> Option<f64> {
        match self.peak() {
            Some(peak) => Some(self.throughput(peak)),
            None => (self.sigma > NOTHING).then(|| self.lambda / self.sigma),
        }
    }

    /// The knee: the load at which a system without contention would already give the largest throughput. Before
    /// it more load buys throughput, after it mostly waiting (the crossing of the asymptotes of operational
    /// analysis; P. J. Denning and J. P. Buzen, Computing Surveys 10, 1978).
    pub fn knee(&self) -> Option<f64> {
        self.largest().map(|largest| largest / self.lambda)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peak_and_knee() {
        let law = Law { lambda: 100.0, sigma: 0.02, kappa: 0.000_1 };
        let peak = law.peak().unwrap();
        assert!((peak - 98.994_949).abs() < 1e-6);
        for beside in [peak - 1.0, peak + 1.0] {
            assert!(law.throughput(beside) < law.throughput(peak));
        }
        let knee = law.knee().unwrap();
        assert!(knee < peak && (knee * law.lambda - law.throughput(peak)).abs() < 1e-9);
        let amdahl = Law { kappa: 0.0, ..law };
        assert_eq!((amdahl.peak(), amdahl.knee()), (None, Some(50.0)));
        let free = Law { sigma: 0.0, kappa: 0.0, ..law };
        assert_eq!((free.peak(), free.largest(), free.knee()), (None, None, None));
        assert_eq!(free.throughput(7.0), 700.0);
    }
}

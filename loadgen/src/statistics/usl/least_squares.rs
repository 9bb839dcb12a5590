//! Levenberg and Marquardt's method for the three parameters of the law, on logarithms.
//!
//! The damping is Marquardt's, by the diagonal (SIAM Journal on Applied Mathematics 11, 1963). Parameters that would
//! leave their range are put back to its edge.

use super::Law;

/// Most steps; a fit of this kind takes about ten.
const MOST_STEPS: usize = 200;
/// The sum of squares no longer gets smaller by more than this share.
const STILL: f64 = 1e-12;

/// Where the method ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Minimum {
    pub(super) law: Law,
    /// Sum of the squared residuals of the logarithms.
    pub(super) squares: f64,
}

/// The law that is nearest to `points` (load, throughput), starting from `start`.
pub(super) fn minimise(points: &[(f64, f64)], start: Law) -> Minimum {
    let mut best = Minimum { law: start, squares: squares(points, start) };
    let mut damping = 1e-3;
    for _ in 0..MOST_STEPS {
        let (matrix, gradient) = normal_equations(points, best.law);
        let mut damped = matrix;
        for (at, row) in damped.iter_mut().enumerate() {
            row[at] += damping * matrix[at][at].max(1e-30);
        }
        let Some(step) = solve(damped, gradient) else {
            damping *= 10.0;
            continue;
        };
        let law = moved(best.law, step);
        let reached = squares(points, law);
        if reached.is_finite() && reached <= best.squares {
            let gained = best.squares - reached;
            let done = gained <= STILL * best.squares.max(f64::MIN_POSITIVE);
            best = Minimum { law, squares: reached };
            damping = (damping / 10.0).max(1e-12);
            if done {
                break;
            }
        } else {
            damping *= 10.0;
            if damping > 1e12 {
                break;
            }
        }
    }
    best
}

fn squares(points: &[(f64, f64)], law: Law) -> f64 {
    points.iter().map(|(load, throughput)| (throughput.ln() - law.throughput(*load).ln()).powi(2)).sum()
}

/// λ moves on its logarithm, so that it stays positive.
fn moved(law: Law, step: [f64; 3]) -> Law {
    Law {
        lambda: law.lambda * step[0].clamp(-2.0, 2.0).exp(),
        sigma: (law.sigma + step[1]).max(0.0),
        kappa: (law.kappa + step[2]).max(0.0),
    }
}

/// JᵀJ and Jᵀr of the residuals ln y − ln X.
fn normal_equations(points: &[(f64, f64)], law: Law) -> ([[f64; 3]; 3], [f64; 3]) {
    let (mut matrix, mut gradient) = ([[0.0; 3]; 3], [0.0; 3]);
    for (load, throughput) in points {
        let slowdown = law.slowdown(*load);
        let residual = throughput.ln() - law.throughput(*load).ln();
        let slope = [1.0, -(load - 1.0) / slowdown, -load * (load - 1.0) / slowdown];
        for row in 0..3 {
            gradient[row] += slope[row] * residual;
            for column in 0..3 {
                matrix[row][column] += slope[row] * slope[column];
            }
        }
    }
    (matrix, gradient)
}

/// Solves a symmetric 3 × 3 system by elimination with pivots, scaled by its diagonal first: the columns differ by
/// many orders of magnitude.
pub(super) fn solve(matrix: [[f64; 3]; 3], right: [f64; 3]) -> Option<[f64; 3]> {
    let scale = [0, 1, 2].map(|at: usize| matrix[at][at].sqrt());
    if scale.iter().any(|scale| !scale.is_finite() || *scale <= 0.0) {
        return None;
    }
    let mut rows = [[0.0; 4]; 3];
    for row in 0..3 {
        for column in 0..3 {
            rows[row][column] = matrix[row][column] / (scale[row] * scale[column]);
        }
        rows[row][3] = right[row] / scale[row];
    }
    for column in 0..3 {
        let pivot = (column..3).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))?;
        if rows[pivot][column].abs() < 1e-14 {
            return None;
        }
        rows.swap(column, pivot);
        let fixed = rows[column];
        for row in rows.iter_mut().skip(column + 1) {
            let factor = row[column] / fixed[column];
            for (value, above) in row.iter_mut().zip(fixed) {
                *value -= factor * above;
            }
        }
    }
    let mut found = [0.0; 3];
    for row in (0..3).rev() {
        let known: f64 = (row + 1..3).map(|column| rows[row][column] * found[column]).sum();
        found[row] = (rows[row][3] - known) / rows[row][row];
    }
    let found = [0, 1, 2].map(|at: usize| found[at] / scale[at]);
    found.iter().all(|value| value.is_finite()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved() {
        let matrix = [[4.0, 2.0, 1e3], [2.0, 3.0, 5e2], [1e3, 5e2, 1e6]];
        let wanted = [1.5, -2.0, 0.003];
        let right = [0, 1, 2].map(|row: usize| (0..3).map(|at| matrix[row][at] * wanted[at]).sum());
        let found = solve(matrix, right).unwrap();
        assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?}");
        assert_eq!(solve([[0.0; 3]; 3], [1.0; 3]), None);
        assert_eq!(solve([[1.0; 3]; 3], [1.0; 3]), None);
    }

    #[test]
    fn exact_points_give_the_exact_law() {
        let law = Law { lambda: 12.5, sigma: 0.04, kappa: 3e-6 };
        let points: Vec<(f64, f64)> =
            [1.0, 10.0, 50.0, 100.0, 400.0, 1_000.0].map(|load| (load, law.throughput(load))).to_vec();
        let start = Law { lambda: 3.0, sigma: 0.5, kappa: 1e-4 };
        let found = minimise(&points, start).law;
        assert!((found.lambda / law.lambda - 1.0).abs() < 1e-6, "{found:?}");
        assert!((found.sigma - law.sigma).abs() < 1e-7 && (found.kappa / law.kappa - 1.0).abs() < 1e-5);
    }
}

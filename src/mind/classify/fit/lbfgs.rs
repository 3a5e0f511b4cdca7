//! Limited-memory BFGS with a backtracking line search (Nocedal and Wright, Numerical Optimization, algorithms 7.4 and 3.1)
//! around the diagonal of the Hessian, which is taken anew now and then: frequent and rare features differ a
//! thousandfold in how much they bend the objective, and a method that must learn this by itself takes nearly twice as
//! many steps.

use super::objective::Objective;
use super::{FitReport, FitSettings};
use std::collections::VecDeque;

/// Corrections that are remembered.
const MEMORY: usize = 10;

/// After so many steps the diagonal of the Hessian is taken anew.
const DIAGONAL_EVERY: usize = 10;

/// What one step told of the curvature.
struct Correction {
    step: Vec<f64>,
    change: Vec<f64>,
    curvature: f64,
}

/// The point where the objective is least, as near as the settings ask for.
pub(super) fn minimise(objective: &Objective<'_>, start: Vec<f64>, settings: &FitSettings) -> (Vec<f64>, FitReport) {
    let mut point = start;
    let (mut value, mut gradient) = objective.evaluate(&point);
    let mut corrections: VecDeque<Correction> = VecDeque::with_capacity(MEMORY);
    let mut iterations = 0;
    let mut diagonal = Vec::new();
    while iterations < settings.max_iterations && largest(&gradient) > settings.gradient_tolerance {
        if iterations % DIAGONAL_EVERY == 0 {
            diagonal = objective.diagonal(&point);
        }
        let direction = descent_direction(&gradient, &corrections, &diagonal);
        let Some((next, next_value, next_gradient)) = line_search(objective, &point, value, &gradient, &direction)
        else {
            break;
        };
        let step: Vec<f64> = next.iter().zip(&point).map(|(a, b)| a - b).collect();
        let change: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        let curvature = dot(&step, &change);
        // Without positive curvature the correction would break the descent.
        if curvature > 1e-14 {
            if corrections.len() == MEMORY {
                corrections.pop_front();
            }
            corrections.push_back(Correction { step, change, curvature });
        }
        (point, value, gradient) = (next, next_value, next_gradient);
        iterations += 1;
    }
    let report = FitReport { objective: value, gradient_norm: largest(&gradient), iterations };
    (point, report)
}

/// The two-loop recursion around the inverse diagonal of the Hessian.
fn descent_direction(gradient: &[f64], corrections: &VecDeque<Correction>, diagonal: &[f64]) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|value| -value).collect();
    let mut shares = Vec::with_capacity(corrections.len());
    for correction in corrections.iter().rev() {
        let share = dot(&correction.step, &direction) / correction.curvature;
        add(&mut direction, &correction.change, -share);
        shares.push(share);
    }
    let scale = corrections.back().map_or(1.0, |newest| {
        let squares = newest.change.iter().zip(diagonal).map(|(change, diagonal)| change * change / diagonal);
        newest.curvature / squares.sum::<f64>()
    });
    direction.iter_mut().zip(diagonal).for_each(|(value, diagonal)| *value *= scale / diagonal);
    for (correction, share) in corrections.iter().zip(shares.into_iter().rev()) {
        let back = dot(&correction.change, &direction) / correction.curvature;
        add(&mut direction, &correction.step, share - back);
    }
    direction
}

/// Halves the step until it decreases the objective enough (Armijo).
fn line_search(
    objective: &Objective<'_>,
    point: &[f64],
    value: f64,
    gradient: &[f64],
    direction: &[f64],
) -> Option<(Vec<f64>, f64, Vec<f64>)> {
    let slope = dot(gradient, direction);
    let mut length = 1.0;
    for _ in 0..40 {
        let next: Vec<f64> = point.iter().zip(direction).map(|(at, towards)| at + length * towards).collect();
        let (next_value, next_gradient) = objective.evaluate(&next);
        if next_value <= value + 1e-4 * length * slope {
            return Some((next, next_value, next_gradient));
        }
        length *= 0.5;
    }
    None
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn add(to: &mut [f64], what: &[f64], times: f64) {
    for (value, other) in to.iter_mut().zip(what) {
        *value += times * other;
    }
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| value.abs().max(largest))
}

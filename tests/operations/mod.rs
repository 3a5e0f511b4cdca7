//! What operators rely on: figures, traces, the doctor, and a shop that bends instead of breaking.

mod degradation;
mod doctor;
mod figures;
mod upgrade;

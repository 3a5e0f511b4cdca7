//! What Xiaoer decides, and nothing it does.
//!
//! Floors 0 to 2 of the program (see its `ARCHITECTURE.md`): from a text to what is meant, from there to what answers it,
//! and to the words of the reply. Everything here is a function of its arguments: no runtime, no database, no files, no
//! clock, no randomness that is not passed in. Two things keep it so. The package does not depend on the crates for a
//! runtime, for HTTP and WebSockets, and for a database. What the standard library offers to everybody, files, sockets and
//! the system's time, the test `layers` forbids. The one exception is [`clock`]: the floors above get their time from its
//! [`clock::Clock`], which asks the system in one place; nothing else here calls it.
//!
//! It is a package of its own for a second reason: it is where the time of a message goes, and is built for speed, while
//! what surrounds it waits for disks and sockets and is built for size (`[profile.release]` of the workspace).
//!
//! | floor | rooms | what lives there |
//! |---|---|---|
//! | 0 | [`model`], [`clock`], [`text`] | plain data, time as a value, Chinese text in and tokens out |
//! | 1 | [`classify`], [`search`], [`recommend`], [`marketing`] | what is meant, what answers it, what suits, what may be shown |
//! | 2 | [`dialogue`], [`desk`] | how a message becomes a reply, who gets the next conversation |

pub mod classify;
pub mod clock;
pub mod desk;
pub mod dialogue;
pub mod marketing;
pub mod model;
pub mod recommend;
pub mod search;
pub mod text;

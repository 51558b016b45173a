//! Black box: real processes, real files, real faults.

mod faults;
mod powercut;
mod support;

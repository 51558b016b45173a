//! What the texts of a session are screened by, made ready once for all of them.

use super::command::Asked;
use super::event::Official;
use super::policy::Policy;
use crate::screening::{self, Knobs};

/// The knobs of one version of a policy, with the organiser's lists compiled and the names of those
/// who answer. A room makes one when either changes; whoever screens a text shares it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sieve {
    /// Version of the policy.
    policy: u32,
    knobs: Knobs,
}

impl Sieve {
    /// The sieve of a session with this policy and these officials.
    pub fn of(policy: &Policy, officials: &[Official]) -> Self {
        let officials = officials.iter().map(|official| official.name.clone()).collect();
        Self { policy: policy.version, knobs: Knobs { officials, ..policy.knobs() } }
    }

    /// Looks at a text, and at the name that comes with it.
    pub fn look(&self, text: &str, name: Option<&str>) -> Asked {
        let screening = screening::screen(text, &self.knobs);
        let named = name.map(|name| screening::screen_name(name, &self.knobs).findings);
        Asked { screening, named: named.unwrap_or_default(), policy: self.policy }
    }
}

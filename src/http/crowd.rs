//! More people than seats: who finds none is told when to ask again, and reads the board meanwhile.
//!
//! A browser does not tell a page why a socket did not open. The page asks the same address without
//! an upgrade: 503 says that every seat is taken and when to ask again, 426 that one is free.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::Reception;
use super::error::No;
use super::here::Capacity;
use crate::gate::Who;
use crate::gate::seats::{Comes, NoSeat, Seat};
use crate::hub::Shed;
use crate::telemetry::METRICS;
use crate::wire::Cursor;

impl Reception {
    /// Refuses a citizen's seat while there is too much to do, as where all are taken. Who has a seat
    /// keeps it; desks, stages and overlays always get one.
    pub(super) fn must_seat(&self, capacity: Capacity) -> Result<(), No> {
        if capacity == Capacity::Citizen && self.hub.load().leaves_out(Shed::Viewers) {
            return Err(No::too_much(self.seats.ask_again(Instant::now())));
        }
        Ok(())
    }

    /// A seat, for a socket or a stream. `waited` in the address says that there was none before.
    pub(super) fn takes_seat(
        &self,
        who: &Who,
        after: Option<Cursor>,
        fields: &BTreeMap<String, String>,
    ) -> Result<Seat, No> {
        let waited = fields.contains_key("waited");
        let seat = self.seats.take(who, comes(after));
        match seat {
            Ok(_) if waited => METRICS.crowd_total.add("seated"),
            Err(NoSeat::Full(_)) if !waited => METRICS.crowd_total.add("turned_away"),
            _ => {}
        }
        Ok(seat?)
    }

    /// What somebody is told who asks for a socket without an upgrade.
    pub(super) fn room_for_one(&self, after: Option<Cursor>) -> No {
        let seat = self.must_seat(Capacity::Citizen);
        match seat.and_then(|()| Ok(self.seats.must_have_one(comes(after))?)) {
            Ok(()) => No::upgrade_required(),
            Err(no) => {
                METRICS.crowd_total.add("told_to_wait");
                no
            }
        }
    }
}

fn comes(after: Option<Cursor>) -> Comes {
    if after.is_some() { Comes::Back } else { Comes::Anew }
}

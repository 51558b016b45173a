//! `/house`: what every public page shows of the city.

use axum::response::Response;

use super::{Call, json};
use crate::http::error::No;
use crate::http::fresh;
use crate::hub::Hub;
use crate::qa::{HouseCommand, Refusal};
use crate::wire::body::{CITY_BYTES, HouseBody, city_change};

/// The city.
pub(in crate::http) async fn city(call: Call) -> Result<Response, No> {
    let asker = call.reader().await?;
    call.counts(&asker)?;
    Ok(json(&body(&call.front.hub)))
}

/// Changes what it says of itself.
pub(in crate::http) async fn describe(call: Call) -> Result<Response, No> {
    let asker = call.writer().await?;
    call.counts(&asker)?;
    let front = call.front.clone();
    let person = front.house_person(&asker).await?.ok_or(Refusal::Unauthenticated)?;
    // Before the body: whoever may not, learns nothing of what would be accepted.
    front.administrator(&asker).await?.ok_or(Refusal::NotAllowed)?;
    let change = city_change(&call.body(CITY_BYTES).await?)?;
    let id = fresh();
    let command = HouseCommand::DescribeCity { change };
    No::reply(id, front.hub.house().send(Some(person), id, &command).await)?;
    Ok(json(&body(&front.hub)))
}

fn body(hub: &Hub) -> HouseBody {
    let house = hub.house().now();
    let missing = house.city().missing().into_iter().map(str::to_owned).collect();
    HouseBody { city: house.city().clone(), missing }
}

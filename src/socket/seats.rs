//! How many sockets there may be: in all, and from one address, so that nobody takes the house for themselves.

use crate::http::AddressGroup;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};

#[derive(Default)]
struct Taken {
    /// The server stops.
    closed: bool,
    all: usize,
    by_address: HashMap<AddressGroup, usize>,
}

#[derive(Clone, Default)]
pub struct Seats(Arc<Mutex<Taken>>);

/// A socket's place from its upgrade on, whether or not it has said who it is; dropping it frees the place.
pub struct Seat {
    seats: Seats,
    address: AddressGroup,
}

impl Seats {
    pub fn take(&self, address: AddressGroup, all_max: usize, address_max: usize) -> Option<Seat> {
        let mut taken = self.0.lock();
        let here = taken.by_address.get(&address).copied().unwrap_or(0);
        if taken.closed || taken.all >= all_max || here >= address_max {
            return None;
        }
        taken.all += 1;
        taken.by_address.insert(address, here + 1);
        drop(taken);
        Some(Seat { seats: self.clone(), address })
    }

    /// Gives no more places, and waits until all are free or `patience` is over.
    pub async fn close(&self, patience: Duration) {
        self.0.lock().closed = true;
        let empty = async {
            while self.0.lock().all > 0 {
                sleep(Duration::from_millis(10)).await;
            }
        };
        drop(timeout(patience, empty).await);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock();
        taken.all -= 1;
        if let Some(here) = taken.by_address.get_mut(&self.address) {
            *here -= 1;
            if *here == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

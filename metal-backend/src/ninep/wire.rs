//! What carries messages to a server and back: a device's driver, or a server made for a test.

use abi_core::backend::folders::Result;

use super::client::Kept;
use super::decode::Fields;
use super::encode::Encoder;

/// Which of a request and its reply has much data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bulk {
    /// Neither.
    None,
    /// The request: `Twrite`.
    Request,
    /// The reply: `Rread`, `Rreaddir`.
    Reply,
}

impl Bulk {
    /// Returns what moving so many bytes of data is; `side` says where they are.
    pub fn for_data(len: usize, side: Self) -> Self {
        if len > SMALL_DATA_BYTES { side } else { Self::None }
    }
}

/// Messages that are not bulk have room for so much data, for a path, and for what is around them.
pub const SMALL_DATA_BYTES: usize = 4096;
/// Messages that are not bulk have room for so many bytes: sixteen names of 255 bytes, too.
pub const SMALL_BYTES: usize = 8192;

/// A connection to one server, over which threads make calls side by side.
pub trait Wire: Send + Sync + Sized + 'static {
    /// Sends the request that `fill` writes, which is told how many bytes of data fit, waits for the reply and gives it
    /// to `take`.
    fn exchange<R>(
        &self,
        bulk: Bulk,
        fill: impl FnOnce(&mut Encoder<'_>, usize),
        take: impl FnOnce(Fields<'_>) -> Result<R>,
    ) -> Result<R>;

    /// Returns a number that the server has no file for.
    fn new_fid(&self) -> u32;

    /// Takes back a number that was not used.
    fn unused_fid(&self, fid: u32);

    /// Has the server forget a fid, without waiting for it. One that `was_opened` goes at once, others with the next
    /// request.
    fn clunk(&self, fid: u32, was_opened: bool);

    /// Gives access to the files whose fids are kept.
    fn with_kept<R>(&self, f: impl FnOnce(&mut Kept<Self>) -> R) -> R;
}

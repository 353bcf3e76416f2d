//! Network interfaces: frames only, TCP/IP is not the backend's.

use super::Result;

/// Network interfaces; none, where a backend says nothing.
pub trait Network: Sync {
    /// Returns the interfaces there are.
    fn interfaces(&self) -> &[&'static dyn Nic] {
        &[]
    }
}

/// One network interface.
pub trait Nic: Sync {
    /// Returns the hardware address.
    fn mac(&self) -> [u8; 6];
    /// Returns the longest frame in bytes.
    fn max_frame_bytes(&self) -> usize;
    /// Sends a frame; `Err(Busy)` when the queue is full.
    fn transmit(&self, frame: &[u8]) -> Result<()>;
    /// Takes a received frame; never blocks.
    fn receive(&self, buf: &mut [u8]) -> Option<usize>;
}

//! Holds and blocks among the facts: what keeps seats from others without a ticket.

use std::collections::HashMap;

use crate::hold::TokenHash;
use crate::{Block, BlockId, Hold, HoldId};

#[derive(Debug, Default)]
pub(super) struct HeldSeats {
    holds: HashMap<HoldId, Hold>,
    by_token: HashMap<TokenHash, HoldId>,
    blocks: HashMap<BlockId, Block>,
}

impl HeldSeats {
    pub(super) fn hold(&self, id: HoldId) -> Option<&Hold> {
        self.holds.get(&id)
    }

    pub(super) fn hold_by_token(&self, token: TokenHash) -> Option<&Hold> {
        self.holds.get(self.by_token.get(&token)?)
    }

    /// A lifted block is no block.
    pub(super) fn block(&self, id: BlockId) -> Option<&Block> {
        self.blocks.get(&id).filter(|block| !block.is_lifted)
    }

    pub(super) fn has_block(&self, id: BlockId) -> bool {
        self.blocks.contains_key(&id)
    }

    /// Returns what was there before.
    pub(super) fn put_hold(&mut self, hold: Hold) -> Option<Hold> {
        self.by_token.insert(hold.token, hold.id);
        self.holds.insert(hold.id, hold)
    }

    /// Returns what was there before.
    pub(super) fn put_block(&mut self, block: Block) -> Option<Block> {
        self.blocks.insert(block.id, block)
    }
}

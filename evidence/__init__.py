"""Evidence that controls operate: the control catalogue and its mapping, and an append-only ledger of what was done."""

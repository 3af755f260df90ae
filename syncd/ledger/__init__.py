"""Where state and events live, in one transaction. `contract` says what a ledger promises; the others keep it."""

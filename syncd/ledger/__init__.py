"""Where state and events live, in one transaction. `contract` states the promises; `kafka` and `sqlite` keep them."""

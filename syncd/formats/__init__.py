"""Documents → entries: XML, tables and JSON, with limits, and with readers that account for every field."""

"""The bus: one protocol, the embedded adapter, and the loop that every stage runs in."""

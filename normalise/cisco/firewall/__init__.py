"""The messages that ASA, FTD, FWSM and PIX have in common: `%ASA-level-number`, one table of texts for all."""

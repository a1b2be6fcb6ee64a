"""The CERT bridge: incidents in; minimised STIX 2.1 bundles out, to TAXII 2.1 collections and folders, with receipts."""

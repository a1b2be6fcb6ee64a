"""Network Policy Server of Windows: accounting files as XML (DTS), database-compatible (ODBC) and IAS."""

"""What the sources of Microsoft's clouds share: names, changes in the directory, the records of Azure and Entra ID."""

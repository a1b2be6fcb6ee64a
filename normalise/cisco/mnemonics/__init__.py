"""Messages of IOS, IOS XE, IOS XR and NX-OS: `%FACILITY-severity-MNEMONIC: text`, with every head that they come with."""

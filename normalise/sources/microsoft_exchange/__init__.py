"""Microsoft Exchange Server: message tracking log, protocol logs of SMTP, IMAP and POP, HttpProxy and ECP."""

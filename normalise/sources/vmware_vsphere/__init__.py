"""VMware vSphere: ESXi hosts, vCenter Server, and what NSX and Horizon send by syslog."""

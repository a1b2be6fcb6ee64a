"""How a running worker is seen from outside: its pulse, its metrics, its traces."""

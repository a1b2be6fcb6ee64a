"""Events in; matches, findings and indicator hits out. The language is Sigma 2.1; see README.md."""

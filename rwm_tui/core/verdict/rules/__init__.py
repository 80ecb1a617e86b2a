"""One rule per claim: a pure function from facts to findings."""

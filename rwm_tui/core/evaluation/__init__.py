"""What `rwm-tui evaluate` measures: the document, the judgement on it, its report, plots and files. No torch here."""

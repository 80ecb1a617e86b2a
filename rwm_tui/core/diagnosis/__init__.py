"""Why a run failed, from what it left behind: signatures as data, one pass over the console, an order of judgement."""

.PHONY: run test check schema
run:      ; ./run
test:     ; ./test
check:    ## lint, types and import law, without the tests
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy && .venv/bin/lint-imports
schema:   ## write profiles/profile.schema.json anew from core/profile.py
	.venv/bin/python -c "import json; from rwm_tui.core.profile import profile_schema; print(json.dumps(profile_schema(), indent=2))" > profiles/profile.schema.json

.PHONY: pictures man run test check schema speed test-isaaclab3 bench bench-report bench-history bench-readers forecast-accuracy
run:      ; ./run
test:     ; ./test
test-isaaclab3: ## against a real Isaac Lab 3.0: RWM_TUI_ISAACLAB3=its virtual environment (docs/architecture.md)
	.venv/bin/python -m pytest -m isaaclab3 tests/process/test_isaaclab3.py
check:    ## lint, types and import law, without the tests
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy && .venv/bin/lint-imports
speed:    ## how fast consoles are read for their diagnosis, in MB/s
	.venv/bin/python scripts/diagnosis_speed.py
man:      ## write build/rwm-tui.1
	mkdir -p build && .venv/bin/rwm-tui man > build/rwm-tui.1
pictures: ## draw tests/snapshots/pictures anew; then look at what git diff says
	.venv/bin/python -m pytest -q tests/snapshots --update-pictures
schema:   ## write profiles/profile.schema.json anew from core/profile.py
	.venv/bin/python -c "import json; from rwm_tui.core.profile import profile_schema; print(json.dumps(profile_schema(), indent=2))" > profiles/profile.schema.json
bench:    ## start, traffic, lag and memory beside other programs (docs/benchmarks.md)
	PYTHONPATH=. .venv/bin/python -m scripts.bench
bench-report: ## docs/benchmarks.md from the last make bench
	PYTHONPATH=. .venv/bin/python -m scripts.bench.report
bench-history: ## 2,000 run directories listed, beside TensorBoard's data server (needs 0.9 GB in $TMPDIR)
	.venv/bin/python scripts/bench_history.py
bench-readers: ## what reading a run costs, against sha256, the C YAML loader and TensorBoard
	PYTHONPATH=. .venv/bin/python scripts/bench_readers.py
forecast-accuracy: ## the forecast against peaks measured on a GPU with both trainers (docs/memory.md)
	PYTHONPATH=. .venv/bin/python scripts/forecast_accuracy.py tests/core/memory/*_h[12]00.csv --capped tests/core/memory/capped_launches.csv $(addprefix --upstream ,$(wildcard ../shared/fixtures/vram/grid.csv))

# The front door. Everything else is Meson's and the scripts' under tools/.
.PHONY: run test lint bench format

run:
	@tools/run-main-job.sh

test:
	@tools/run-tests.sh

lint:
	@tools/lint.sh

bench:
	@bench/run.sh

format:
	@tools/format.sh

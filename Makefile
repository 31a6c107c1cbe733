# The front door. Everything else is Meson's and the scripts' under tools/.
PREFIX ?= /usr/local

.PHONY: run test lint bench format install

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

install:
	@tools/install.sh "$(PREFIX)"
